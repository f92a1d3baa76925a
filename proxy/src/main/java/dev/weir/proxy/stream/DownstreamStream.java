package dev.weir.proxy.stream;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.ResponseHead;
import io.netty.buffer.ByteBuf;

/**
 * The client's side of one exchange as its codec offers it: where the response goes, and the valve
 * on the request. Codec-neutral. All methods on the connection's event loop; none blocks.
 *
 * <p>Framing is the codec's business: a response whose fields have {@code Content-Length} is framed
 * by it, any other with a body by chunks, by DATA frames or by closing. The codec drops bodies
 * where the request or the status forbids one (HEAD, 204, 304).
 */
public interface DownstreamStream {
  /** The connection the request came on. */
  DownstreamConnection connection();

  /** Sends a 1xx response other than 101. */
  void sendInformational(ResponseHead head);

  /**
   * Sends the response head; the codec has read it when the call returns. Status 101 turns both
   * directions into a tunnel of raw bytes.
   *
   * @param last no body and no trailers follow
   */
  void sendHead(ResponseHead head, boolean last);

  /** Sends a piece of the body. Takes over the caller's reference to {@code data}. */
  void sendBody(ByteBuf data, boolean last);

  /** Sends trailers and so ends the response. */
  void sendTrailers(Fields trailers);

  /** Hands what was sent to the socket; also to be called after the end of the response. */
  void flush();

  /** Whether little enough is queued that more may be sent. */
  boolean writable();

  /** Stops reading the request body; what was read already may still arrive. */
  void pause();

  /** Undoes {@link #pause()}. */
  void resume();

  /**
   * Breaks the stream off without a (complete) response: closes an HTTP/1 connection, resets an
   * HTTP/2 stream. The receiver gets no further calls.
   */
  void reset(Failure failure);
}
