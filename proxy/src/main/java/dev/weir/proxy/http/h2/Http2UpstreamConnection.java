package dev.weir.proxy.http.h2;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.http.AbuseGuard;
import dev.weir.proxy.http.HeaderBlock;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.stream.ResponseReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.SslHandler;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/2 connection to a backend: the last handler of the pipeline, added when the transport is
 * connected and TLS, if there is any, has agreed on {@code h2}. Usable at once. All methods on the
 * channel's event loop.
 */
public final class Http2UpstreamConnection extends Http2ConnectionHandler {
  private static final Logger log = LoggerFactory.getLogger(Http2UpstreamConnection.class);

  /** Of a response head, and of its trailers; the same as what a client may send by default. */
  private static final int MAX_HEAD_BYTES = 60 * 1024;

  private static final int MAX_HEAD_FIELDS = 200;

  /** Streams at once until the backend's SETTINGS tell its own number (RFC 9113, section 6.5.2). */
  private static final int STREAMS_UNTIL_SETTINGS = 100;

  /** Streams at once where the backend sets no limit. */
  private static final int MAX_STREAMS = 1024;

  /** After this identifier no stream is given out; those that were, still find one. */
  private static final int LAST_OPENED = Integer.MAX_VALUE - 4 * MAX_STREAMS;

  /** For the backend's first SETTINGS; one that speaks something else may stay silent for ever. */
  private static final long SETTINGS_NANOS = 10_000_000_000L;

  private static final long ERROR_CLOSE_MILLIS = 2_000;

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

  private final Owner owner;
  private final HeaderBlock block;
  private final ResponseHead head;
  private final Http2Connection.PropertyKey streamKey;
  private final AbuseGuard traffic = AbuseGuard.ofFrames();
  private final FrameOutput output = new FrameOutput(this, traffic);
  private final Deadline settingsDeadline;
  private final ResetIds resetIds = new ResetIds();
  private final ArrayList<Http2UpstreamStream> touched = new ArrayList<>();
  private boolean secure;
  private boolean greeted;
  private boolean settingsRead;
  private boolean ending;
  private boolean used;
  private boolean closed;
  private int active;
  private int lastStream = Integer.MAX_VALUE;

  private Http2UpstreamConnection(
      Http2Codec codec,
      Http2Settings settings,
      HeaderBlock block,
      ResponseHead head,
      Deadlines deadlines,
      Owner owner) {
    super(codec.decoder(), codec.encoder(), settings, true);
    this.owner = owner;
    settingsDeadline = deadlines.create(this::noSettings);
    this.block = block;
    this.head = head;
    gracefulShutdownTimeoutMillis(ERROR_CLOSE_MILLIS);
    streamKey = connection().newKey();
    decoder().frameListener(new Frames());
    connection().addListener(new Streams());
  }

  /** A connection handler for one channel. */
  public static Http2UpstreamConnection create(Deadlines deadlines, Owner owner) {
    HeaderBlock block = new HeaderBlock();
    ResponseHead head = new ResponseHead(new Fields(1024));
    long decoderLimit = 2L * MAX_HEAD_BYTES + 64L * MAX_HEAD_FIELDS;
    Http2Codec codec =
        Http2Codec.create(
            Http2Codec.Side.CLIENT,
            new HeaderBlockDecoder(
                decoderLimit,
                () -> {
                  head.clear();
                  return block.begin(head.fields(), MAX_HEAD_BYTES, MAX_HEAD_FIELDS);
                }));
    codec.decoder().connection().local().allowPushTo(false);
    Http2Settings settings = Http2Codec.settings().pushEnabled(false);
    return new Http2UpstreamConnection(codec, settings, block, head, deadlines, owner);
  }

  // --- for the pool ------------------------------------------------------------------------------

  /**
   * Whether {@link #start} may be called now: open, not going away, the peer's limit not reached.
   */
  public boolean canOpen() {
    return !ending && !closed && active < maxStreams();
  }

  /** Streams given out and not over. */
  public int activeStreams() {
    return active;
  }

  /**
   * Opens a stream: calls {@link ResponseReceiver#upstreamReady} before it returns, or {@link
   * ResponseReceiver#responseFailed} if the connection cannot take it any more.
   */
  public void start(ResponseReceiver receiver) {
    if (!canOpen()) {
      receiver.responseFailed(
          Failure.upstream(Reason.UPSTREAM_RESET, Retry.UNSENT, "HTTP/2 connection is closing"));
      return;
    }
    active++;
    Http2UpstreamStream stream = new Http2UpstreamStream(this, receiver, used);
    receiver.upstreamReady(stream);
  }

  /** Gives out no further streams and closes when the last one is over. */
  public void drain() {
    ending = true;
    closeIfDone();
  }

  private int maxStreams() {
    int peers = connection().local().maxActiveStreams();
    return Math.min(peers, settingsRead ? MAX_STREAMS : STREAMS_UNTIL_SETTINGS);
  }

  // --- for the streams ---------------------------------------------------------------------------

  FrameOutput output() {
    return output;
  }

  boolean secure() {
    return secure;
  }

  void touched(Http2UpstreamStream stream) {
    touched.add(stream);
  }

  /** The next stream, or null: then {@code of} was told that there is none. */
  @Nullable Http2Stream open(Http2UpstreamStream of) {
    try {
      int id = connection().local().incrementAndGetNextStreamId();
      if ((ending && id > lastStream) || closed || id < 0) {
        throw Http2Exception.connectionError(Http2Error.REFUSED_STREAM, "connection is closing");
      }
      // A busy connection uses up its identifiers in days (RFC 9113, section 5.1.1).
      ending |= id > LAST_OPENED;
      Http2Stream stream = connection().local().createStream(id, false);
      stream.setProperty(streamKey, of);
      return stream;
    } catch (Http2Exception e) {
      of.lost(true);
      released();
      return null;
    }
  }

  /** Sends RST_STREAM and forgets the stream. */
  void reset(Http2Stream stream, Http2Error error) {
    if (stream.state() != Http2Stream.State.CLOSED) {
      ChannelHandlerContext ctx = context();
      resetIds.add(stream.id());
      resetStream(ctx, stream.id(), error.code(), ctx.newPromise());
      // Now, not when it is written: nothing may be sent on the stream any more.
      stream.close();
      output.flush();
    }
  }

  /** A stream that was given out is over. */
  void released() {
    active--;
    used = true;
    if (!closed) {
      owner.streamReleased(this);
      closeIfDone();
    }
  }

  private void closeIfDone() {
    if (ending && active == 0 && !closed) {
      context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private ChannelHandlerContext context() {
    return output.flow().channelHandlerContext();
  }

  // --- life of the connection --------------------------------------------------------------------

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    secure = ctx.pipeline().get(SslHandler.class) != null;
    super.handlerAdded(ctx);
    if (ctx.channel().isActive()) {
      greet();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) throws Exception {
    super.channelActive(ctx);
    greet();
  }

  private void greet() throws Http2Exception {
    if (!greeted) {
      greeted = true;
      settingsDeadline.set(SETTINGS_NANOS);
      Http2Codec.openConnectionWindow(connection());
      output.flush();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    closed = true;
    settingsDeadline.cancel();
    super.channelInactive(ctx);
    owner.closed(this);
  }

  private void noSettings() {
    onError(
        context(),
        false,
        new Http2Exception(Http2Error.SETTINGS_TIMEOUT, "backend sent no SETTINGS in time"));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    output.readStarted();
    super.channelRead(ctx, message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    for (int i = 0; i < touched.size(); i++) {
      touched.get(i).readComplete();
    }
    touched.clear();
    output.readComplete();
    super.channelReadComplete(ctx);
    if (output.congested()) {
      log.debug("{} does not read what it asks for: closed", ctx.channel());
      ctx.close();
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    super.flush(ctx);
    output.flushed();
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      @Nullable Throwable cause,
      Http2Exception.StreamException error) {
    Http2Stream stream = connection().stream(error.streamId());
    Http2UpstreamStream known = of(stream);
    if (known != null) {
      String detail = error.getMessage();
      known.fail(
          Failure.upstream(
              Reason.UPSTREAM_PROTOCOL_ERROR, Retry.POLICY, detail == null ? "" : detail));
    } else if (stream == null && resetIds.contains(error.streamId())) {
      return;
    }
    super.onStreamError(ctx, outbound, cause, error);
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      @Nullable Throwable cause,
      @Nullable Http2Exception error) {
    ConnectionErrors.log(ctx.channel(), cause, error);
    ending = true;
    failAll(
        Failure.upstream(
            Reason.UPSTREAM_PROTOCOL_ERROR, Retry.POLICY, "HTTP/2 connection error: " + cause));
    super.onConnectionError(ctx, outbound, cause, error);
  }

  private void failAll(Failure failure) {
    try {
      connection()
          .forEachActiveStream(stream -> {
            Http2UpstreamStream known = of(stream);
            if (known != null) {
              known.fail(failure);
            }
            return true;
          });
    } catch (Http2Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
    ConnectionErrors.log(ctx.channel(), cause, null);
    ctx.close();
  }

  // --- responses ---------------------------------------------------------------------------------

  private @Nullable Http2UpstreamStream of(@Nullable Http2Stream stream) {
    return stream == null ? null : stream.getProperty(streamKey);
  }

  /** What comes from the backend. */
  private final class Frames extends Http2FrameAdapter {
    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int streamId,
        Http2Headers headers,
        int streamDependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean endStream) {
      Http2UpstreamStream stream = of(connection().stream(streamId));
      if (stream == null) {
        return;
      }
      if (stream.responded()) {
        stream.trailers(head.fields(), block.trailerFlaw(), endStream);
      } else {
        stream.head(head, ResponseRules.apply(block, head), block.contentLength(), endStream);
      }
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endStream) {
      Http2UpstreamStream stream = of(connection().stream(streamId));
      return stream == null
          ? data.readableBytes() + padding
          : stream.data(data, padding, endStream);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
      Http2UpstreamStream stream = of(connection().stream(streamId));
      if (stream != null) {
        stream.resetByPeer(errorCode);
      }
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
      settingsRead = true;
      settingsDeadline.clear();
      owner.settingsChanged(Http2UpstreamConnection.this);
    }

    /** Streams above {@code lastStreamId} are closed right after this by Netty. */
    @Override
    public void onGoAwayRead(
        ChannelHandlerContext ctx, int lastStreamId, long errorCode, ByteBuf debugData) {
      ending = true;
      lastStream = Math.min(lastStream, lastStreamId);
      owner.settingsChanged(Http2UpstreamConnection.this);
      closeIfDone();
    }
  }

  /** What happens to streams, whoever did it. */
  private final class Streams extends Http2ConnectionAdapter {
    @Override
    public void onStreamClosed(Http2Stream stream) {
      Http2UpstreamStream known = of(stream);
      if (known != null) {
        stream.removeProperty(streamKey);
        known.closed();
        known.lost(stream.id() > lastStream);
        released();
      }
    }
  }
}
