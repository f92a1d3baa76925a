package dev.weir.proxy.stream;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import io.netty.buffer.ByteBuf;

/**
 * Takes in one request from a downstream codec: the exchange. Calls come on the event loop, in the
 * order head, body pieces, trailers; no part of the request follows a call with {@code last}.
 *
 * <p>The exchange is over for the codec, and no call of any kind follows, after an abort, after
 * {@link DownstreamStream#reset} and when the end of the response was sent; what is left of the
 * request is then discarded by the codec.
 *
 * <p>A tunnel (status 101) begins anew: although the request head said {@code last}, raw bytes come
 * as body pieces, and {@code last} is the client's half-close.
 */
public interface RequestReceiver {
  /**
   * A complete and valid request head. {@code head} stays untouched by the codec until the exchange
   * is over and has returned from the call that ended it.
   *
   * @param last no body follows
   */
  void requestHead(RequestHead head, boolean last);

  /** A piece of the body; the receiver takes over the reference. In a tunnel, raw bytes. */
  void requestBody(ByteBuf data, boolean last);

  /** Trailers; they end the request. */
  void requestTrailers(Fields trailers);

  /**
   * The client went away, reset the stream or broke the protocol after the head. Where the response
   * was not begun and the client still listens, the codec answers with the status of the failure's
   * reason.
   */
  void requestAborted(Failure failure);

  /** {@link DownstreamStream#writable()} has become true again. */
  void downstreamWritable();

  /** Nothing more can be read from the socket for now: the time to flush. */
  void requestReadComplete();

  /** Makes the receiver for a new stream. One per listener and event loop. */
  @FunctionalInterface
  interface Acceptor {
    RequestReceiver open(DownstreamStream stream);
  }
}
