package dev.weir.core.filter;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A request that a filter sends beside the exchange it works on, to one endpoint of a cluster. It
 * is tried again, once, where a pooled connection was closed before the endpoint had the request.
 *
 * @param cluster name of the cluster
 * @param head the call's own, not shared with the exchange; with {@code Content-Length} if there is
 *     {@code content}
 * @param content the body; empty for none
 * @param nanos time for it, from sending to the end of the answer
 * @param mostAnswerBytes an answer with a longer body fails
 */
@SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
public record Call(
    String cluster, RequestHead head, byte[] content, long nanos, int mostAnswerBytes) {

  /** Hears the answer: one call, on the exchange's event loop. */
  public interface Receiver {
    /** The whole answer, lent for the call; {@code trailers} is null if there were none. */
    void answered(ResponseHead head, ByteBuf body, @Nullable Fields trailers);

    /** There is no answer: unreachable, broken off, too late or too long. */
    void failed(Failure failure);
  }
}
