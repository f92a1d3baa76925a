package dev.weir.proxy.stream;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import io.netty.buffer.ByteBuf;

/**
 * Takes in one request from a downstream codec: the exchange. Calls come on the event loop, in the
 * order head, body pieces, trailers; nothing follows a call with {@code last} or an abort.
 */
public interface RequestReceiver {
  /**
   * A complete and valid request head. {@code head} stays untouched by the codec until the exchange
   * is over.
   *
   * @param last no body follows
   */
  void requestHead(RequestHead head, boolean last);

  /** A piece of the body; the receiver takes over the reference. In a tunnel, raw bytes. */
  void requestBody(ByteBuf data, boolean last);

  /** Trailers; they end the request. */
  void requestTrailers(Fields trailers);

  /** The client went away, reset the stream or broke the protocol after the head. */
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
