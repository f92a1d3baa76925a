package dev.weir.proxy.stream;

import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import io.netty.buffer.ByteBuf;

/**
 * The backend's side of one attempt as its codec offers it: where the request goes, and the valve
 * on the response. Codec-neutral. All methods on the connection's event loop; none blocks.
 *
 * <p>The stream is over, and must not be used, when the response is complete (even if the request
 * is not: what is left of it has no reader), when it failed, and after {@link #cancel()}.
 */
public interface UpstreamStream {
  /** Whether the connection carried an exchange before this one. */
  boolean reusedConnection();

  /**
   * Sends the request head; the codec has read it when the call returns. The codec writes {@code
   * Host} or {@code :authority} from the head's authority and frames the body by {@code
   * Content-Length} if that field is there.
   *
   * @param last no body and no trailers follow
   */
  void sendHead(RequestHead head, boolean last);

  /** Sends a piece of the body. Takes over the caller's reference to {@code data}. */
  void sendBody(ByteBuf data, boolean last);

  /** Sends trailers and so ends the request. */
  void sendTrailers(Fields trailers);

  /** Hands what was sent to the socket. */
  void flush();

  /** Whether little enough is queued that more may be sent. */
  boolean writable();

  /** Stops reading the response body; what was read already may still arrive. */
  void pause();

  /** Undoes {@link #pause()}. */
  void resume();

  /**
   * Gives the attempt up: closes an HTTP/1 connection, resets an HTTP/2 stream. No calls follow.
   */
  void cancel();
}
