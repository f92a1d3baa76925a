package dev.weir.proxy.stream;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.ResponseHead;
import io.netty.buffer.ByteBuf;

/**
 * Takes in the response to one attempt from an upstream codec: the exchange. Calls come on the
 * event loop: first {@link #upstreamReady} or {@link #responseFailed}, then the response in order;
 * nothing follows a call with {@code last} or a failure.
 */
public interface ResponseReceiver {
  /** A stream to the backend is there; may come during the call that asked for it. */
  void upstreamReady(UpstreamStream stream);

  /** A 1xx response other than 101. */
  void responseInformational(ResponseHead head);

  /**
   * A complete and valid response head; {@code head} is the codec's and valid until the receiver
   * returns. Status 101 (only if the request asked for an upgrade) turns both directions into a
   * tunnel of raw bytes.
   *
   * @param last neither body nor trailers follow
   */
  void responseHead(ResponseHead head, boolean last);

  /** A piece of the body; the receiver takes over the reference. In a tunnel, raw bytes. */
  void responseBody(ByteBuf data, boolean last);

  /** Trailers; they end the response. */
  void responseTrailers(Fields trailers);

  /** No stream could be had, or it broke before the end of the response. */
  void responseFailed(Failure failure);

  /** {@link UpstreamStream#writable()} has become true again. */
  void upstreamWritable();

  /** Nothing more can be read from the socket for now: the time to flush. */
  void responseReadComplete();
}
