package dev.weir.proxy.http.h3;

import dev.weir.core.failure.Failure;
import dev.weir.proxy.http.AbuseGuard;
import dev.weir.proxy.http.PeerAddress;
import dev.weir.proxy.http.RequestBlocks;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.stream.DownstreamConnection;
import dev.weir.proxy.stream.DownstreamContext;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http3.DefaultHttp3GoAwayFrame;
import io.netty.handler.codec.http3.DefaultHttp3SettingsFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.http3.Http3Settings;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionPathStats;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client's HTTP/3 connection. On the event loop of its UDP socket only. */
public final class Http3DownstreamConnection implements DownstreamConnection {
  private static final Logger log = LoggerFactory.getLogger(Http3DownstreamConnection.class);

  /**
   * At least so long after the end of the last stream comes the close, which would cut what the
   * client has not acknowledged: time for some repetitions. On slow ways it is longer.
   */
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long LINGER_ROUND_TRIPS = 10;

  private static final long STREAM_ID_STEP = 4;

  private final QuicChannel channel;
  private final DownstreamContext context;
  private final RequestBlocks blocks;
  private final AbuseGuard resets = AbuseGuard.ofResets();
  private final byte[] peerAddress;
  private final int localPort;
  private final Deadline idleDeadline;
  private final Deadline lingerDeadline;
  private int active;
  private boolean drained;

  /** The lowest stream id that no request had yet. */
  private long nextId;

  private Http3DownstreamConnection(QuicChannel channel, DownstreamContext context) {
    HttpOptions options = context.options();
    this.channel = channel;
    this.context = context;
    blocks = new RequestBlocks(options.maxHeaderBytes(), options.maxHeaderCount());
    peerAddress = PeerAddress.text(channel.remoteSocketAddress());
    localPort =
        channel.localSocketAddress() instanceof InetSocketAddress local ? local.getPort() : 0;
    idleDeadline = context.deadlines().create(this::drain);
    lingerDeadline = context.deadlines().create(() -> close(Http3ErrorCode.H3_NO_ERROR));
  }

  /** Speaks HTTP/3 on {@code channel}, whose handshake is over. */
  public static Http3DownstreamConnection open(QuicChannel channel, DownstreamContext context) {
    Http3DownstreamConnection connection = new Http3DownstreamConnection(channel, context);
    HttpOptions options = context.options();
    // QPACK counts 32 bytes more for each field; twice that, for a 431 instead of an error.
    long decoderLimit = 2L * options.maxHeaderBytes() + 64L * options.maxHeaderCount();
    Http3Settings settings = new Http3Settings().maxFieldSectionSize(decoderLimit);
    channel
        .pipeline()
        .addLast(
            new Http3ServerConnectionHandler(
                new ChannelInitializer<QuicStreamChannel>() {
                  @Override
                  protected void initChannel(QuicStreamChannel stream) {
                    connection.accept(stream);
                  }
                },
                null,
                null,
                new DefaultHttp3SettingsFrame(settings),
                // Without a dynamic table no stream waits for another, nor shares secrets with it.
                true));
    channel.closeFuture().addListener(closed -> connection.closed());
    connection.idleDeadline.set(options.connectionIdleNanos());
    return connection;
  }

  private void accept(QuicStreamChannel stream) {
    long id = stream.streamId();
    if (drained && id >= nextId) {
      // The client may send it again on another connection (RFC 9114, section 5.2).
      stream.shutdown(Http3ErrorCode.H3_REQUEST_REJECTED.code(), stream.newPromise());
      return;
    }
    nextId = Math.max(nextId, id + STREAM_ID_STEP);
    active++;
    idleDeadline.clear();
    stream.pipeline().addLast(new Http3DownstreamStream(this, stream));
    if (context.draining()) {
      drain();
    }
  }

  /**
   * Ends the connection without cutting what runs on it: announces it with GOAWAY, rejects streams
   * that come after, closes when the last stream is over (RFC 9114, section 5.2). May be called
   * again.
   */
  public void drain() {
    if (drained || !channel.isActive()) {
      return;
    }
    drained = true;
    QuicStreamChannel control = Http3.getLocalControlStream(channel);
    if (control != null) {
      control.writeAndFlush(new DefaultHttp3GoAwayFrame(nextId));
    }
    lingerIfIdle();
  }

  private void lingerIfIdle() {
    if (drained && active == 0) {
      lingerDeadline.set(LINGER_NANOS);
      channel.collectPathStats(0).addListener(this::lingerLonger);
    }
  }

  private void lingerLonger(Future<? super QuicConnectionPathStats> stats) {
    if (stats.isSuccess() && stats.getNow() instanceof QuicConnectionPathStats path) {
      long nanos = LINGER_ROUND_TRIPS * path.rtt();
      if (nanos > LINGER_NANOS && active == 0 && channel.isActive()) {
        lingerDeadline.set(nanos);
      }
    }
  }

  /** Closes the whole connection. */
  void close(Http3ErrorCode code) {
    channel.close(true, code.code(), Unpooled.EMPTY_BUFFER);
  }

  private void closed() {
    idleDeadline.cancel();
    lingerDeadline.cancel();
  }

  // --- for the streams ---------------------------------------------------------------------------

  DownstreamContext context() {
    return context;
  }

  RequestBlocks blocks() {
    return blocks;
  }

  /** A request was answered as it should be. */
  void useful() {
    resets.useful();
  }

  /** The client broke a stream off, or its rules; too many of them end the connection. */
  void bad() {
    if (resets.bad(context.deadlines().now())) {
      log.debug("{} breaks off too many streams: closed", channel);
      close(Http3ErrorCode.H3_EXCESSIVE_LOAD);
    }
  }

  void rejected(Failure failure) {
    context.rejected(failure);
  }

  void streamClosed() {
    active--;
    if (active == 0 && channel.isActive()) {
      idleDeadline.set(context.options().connectionIdleNanos());
      lingerIfIdle();
    }
  }

  // --- DownstreamConnection ----------------------------------------------------------------------

  @Override
  public byte[] peerAddress() {
    return peerAddress;
  }

  @Override
  public int localPort() {
    return localPort;
  }

  @Override
  public boolean secure() {
    return true;
  }

  @Override
  public @Nullable String serverName() {
    return context.serverName();
  }

  @Override
  public Protocol protocol() {
    return Protocol.HTTP_3;
  }
}
