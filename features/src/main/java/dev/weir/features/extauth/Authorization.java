package dev.weir.features.extauth;

import dev.weir.core.filter.Call;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.http.Fields;
import dev.weir.core.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** How a service is asked, and how its answer is read. Immutable, shared by all loops. */
sealed interface Authorization permits HttpAuthorization, GrpcAuthorization {
  /** Longest body of an answer, in bytes. */
  int MOST_ANSWER_BYTES = 64 * 1024;

  /**
   * The question about the request of an exchange.
   *
   * @param body what is shown of the request's body, or null if bodies are not shown
   * @param whole whether that is all of it
   */
  Call question(FilterExchange exchange, byte @Nullable [] body, boolean whole);

  /** What the answer means. */
  Verdict verdict(ResponseHead head, ByteBuf body, @Nullable Fields trailers);
}
