package dev.weir.proxy.http.h2;

import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2PromisedRequestVerifier;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/**
 * Netty's HTTP/2 parts as both sides use them; the numbers are explained in {@code docs/http.md},
 * "Windows and back-pressure".
 */
record Http2Codec(Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder) {
  /** Bytes of a body that a peer may send before we have passed any on. */
  static final int STREAM_WINDOW = 256 * 1024;

  /** The same for all streams of a connection together, where they share a window. */
  static final int CONNECTION_WINDOW = 1024 * 1024;

  private static final int DISTRIBUTION_CHUNK = 16 * 1024;
  private static final float WINDOW_UPDATE_RATIO = 0.5f;

  /** Which side of the connection we are. */
  enum Side {
    /** The streams of one client share a connection window: they can only stall each other. */
    SERVER,
    /**
     * The connection window is given back at once: behind the streams are different clients, and a
     * slow one must not stop the others. Each stream is bounded by its own window.
     */
    CLIENT
  }

  static Http2Codec create(Side side, HeaderBlockDecoder headers) {
    boolean server = side == Side.SERVER;
    Http2Connection connection = new DefaultHttp2Connection(server);
    connection
        .local()
        .flowController(
            new DefaultHttp2LocalFlowController(connection, WINDOW_UPDATE_RATIO, !server));
    // Priorities are deprecated (RFC 9113, section 5.3.2); streams get equal shares.
    UniformStreamByteDistributor shares = new UniformStreamByteDistributor(connection);
    shares.minAllocationChunk(DISTRIBUTION_CHUNK);
    connection.remote().flowController(new DefaultHttp2RemoteFlowController(connection, shares));
    Http2ConnectionEncoder encoder =
        new DefaultHttp2ConnectionEncoder(connection, new DefaultHttp2FrameWriter());
    Http2ConnectionDecoder decoder =
        new DefaultHttp2ConnectionDecoder(
            connection,
            encoder,
            new DefaultHttp2FrameReader(headers),
            Http2PromisedRequestVerifier.ALWAYS_VERIFY,
            true,
            true,
            false);
    return new Http2Codec(decoder, encoder);
  }

  /** Our SETTINGS, as far as both sides have the same. */
  static Http2Settings settings() {
    return new Http2Settings().initialWindowSize(STREAM_WINDOW);
  }

  /** Widens the connection's window; to be called once our SETTINGS are written. */
  static void openConnectionWindow(Http2Connection connection) throws Http2Exception {
    Http2LocalFlowController flow = connection.local().flowController();
    int now = flow.initialWindowSize(connection.connectionStream());
    flow.incrementWindowSize(connection.connectionStream(), CONNECTION_WINDOW - now);
  }
}
