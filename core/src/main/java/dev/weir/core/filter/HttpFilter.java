package dev.weir.core.filter;

import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import io.netty.buffer.ByteBuf;

/**
 * One filter at work on one exchange. All calls come on the exchange's event loop and must not
 * block. A filter without state of its own per exchange is one shared instance.
 *
 * <p>Body buffers are lent for the call: a filter reads or changes them in place, retains nothing
 * and releases nothing, so that it cannot leak.
 */
public interface HttpFilter {
  /** The request head, before a backend is chosen; {@code last}: no body follows. */
  default Step requestHead(RequestHead head, boolean last) {
    return Step.NEXT;
  }

  /**
   * The request body that {@link Step.Collect} asked for, lent for the call.
   *
   * @param body at most as many bytes as asked for
   * @param whole whether that is all of the body; there may be trailers
   */
  default Step requestCollected(ByteBuf body, boolean whole) {
    return Step.NEXT;
  }

  /** A piece of the request body. */
  default Step requestBody(ByteBuf data, boolean last) {
    return Step.NEXT;
  }

  /** The response head, of a backend or of a local reply. */
  default Step responseHead(ResponseHead head, boolean last) {
    return Step.NEXT;
  }

  /** A piece of the response body. */
  default Step responseBody(ByteBuf data, boolean last) {
    return Step.NEXT;
  }

  /** The exchange is over, however it ended; called exactly once. */
  default void done() {}

  /** Whether {@link #requestBody} or {@link #responseBody} want to be called at all. */
  default boolean readsBodies() {
    return false;
  }
}
