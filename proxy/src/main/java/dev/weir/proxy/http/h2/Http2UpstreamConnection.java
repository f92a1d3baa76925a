package dev.weir.proxy.http.h2;

import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.stream.ResponseReceiver;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Settings;

/**
 * An HTTP/2 connection to a backend: the last handler of the pipeline, added when the transport is
 * connected and TLS, if there is any, has agreed on {@code h2}. Usable at once. All methods on the
 * channel's event loop.
 */
public final class Http2UpstreamConnection extends Http2ConnectionHandler {
  /** Told about what matters to a pool. Calls come on the event loop. */
  public interface Owner {
    /** A stream that {@link #start} had given out is over; there may be room for another. */
    void streamReleased(Http2UpstreamConnection connection);

    /**
     * What {@link #canOpen} says may have changed for another reason: the peer's SETTINGS, or its
     * GOAWAY.
     */
    void settingsChanged(Http2UpstreamConnection connection);

    /** The connection is closed; its streams have failed already. Called once. */
    void closed(Http2UpstreamConnection connection);
  }

  private final Deadlines deadlines;
  private final Owner owner;

  private Http2UpstreamConnection(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings,
      Deadlines deadlines,
      Owner owner) {
    super(decoder, encoder, settings);
    this.deadlines = deadlines;
    this.owner = owner;
  }

  /** A connection handler for one channel. */
  public static Http2UpstreamConnection create(Deadlines deadlines, Owner owner) {
    return new Builder(deadlines, owner).create();
  }

  /**
   * Whether {@link #start} may be called now: open, not going away, the peer's limit not reached.
   */
  public boolean canOpen() {
    return deadlines.now() == 0;
  }

  /** Streams given out and not over. */
  public int activeStreams() {
    return connection().numActiveStreams();
  }

  /**
   * Opens a stream: calls {@link ResponseReceiver#upstreamReady} before it returns, or {@link
   * ResponseReceiver#responseFailed} if the connection cannot take it any more.
   */
  public void start(ResponseReceiver receiver) {
    receiver.upstreamWritable();
  }

  /** Gives out no further streams and closes when the last one is over. */
  public void drain() {
    owner.settingsChanged(this);
  }

  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<Http2UpstreamConnection, Builder> {
    private final Deadlines deadlines;
    private final Owner owner;

    Builder(Deadlines deadlines, Owner owner) {
      this.deadlines = deadlines;
      this.owner = owner;
    }

    Http2UpstreamConnection create() {
      return server(false).frameListener(new Http2EventAdapter()).build();
    }

    @Override
    protected Http2UpstreamConnection build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      return new Http2UpstreamConnection(decoder, encoder, settings, deadlines, owner);
    }
  }
}
