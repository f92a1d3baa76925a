package dev.weir.proxy.http.h2;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.http.AbuseGuard;
import dev.weir.proxy.http.PeerAddress;
import dev.weir.proxy.http.RequestBlocks;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.stream.DownstreamConnection;
import dev.weir.proxy.stream.DownstreamContext;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's HTTP/2 connection: the last handler of the pipeline, after TLS if there is any. It
 * expects the client preface, also where HTTP/2 is spoken by prior knowledge.
 */
public final class Http2DownstreamConnection extends Http2ConnectionHandler
    implements DownstreamConnection {
  private static final Logger log = LoggerFactory.getLogger(Http2DownstreamConnection.class);

  private static final HeaderName WEIR_REASON = HeaderName.of("weir-reason");
  private static final int PREFACE_BYTES = 24;

  private final DownstreamContext context;
  private final RequestBlocks blocks;
  private final RequestFrames frames;
  private final Http2Connection.PropertyKey streamKey;
  private final AbuseGuard resets = AbuseGuard.ofResets();
  private final AbuseGuard traffic = AbuseGuard.ofFrames();
  private final FrameOutput output = new FrameOutput(this, traffic);
  private final HeaderBlockWatch headerBlocks = new HeaderBlockWatch(PREFACE_BYTES);
  private final ResetIds resetIds = new ResetIds();
  private final ArrayList<Http2DownstreamStream> touched = new ArrayList<>();
  private final ResponseHead reply = new ResponseHead(new Fields(64));
  private final Deadline headDeadline;
  private final Deadline idleDeadline;
  private final GracefulClose gracefulClose;
  private byte[] peerAddress = {};
  private int localPort;
  private int active;
  private boolean greeted;

  /** A connection error was sent: nothing that still arrives counts. */
  private boolean failed;

  private Http2DownstreamConnection(
      DownstreamContext context, Http2Codec codec, Http2Settings settings, RequestBlocks blocks) {
    super(codec.decoder(), codec.encoder(), settings, true);
    this.context = context;
    this.blocks = blocks;
    streamKey = connection().newKey();
    headDeadline = context.deadlines().create(this::headTimeout);
    idleDeadline = context.deadlines().create(this::drain);
    gracefulClose = new GracefulClose(this, context.deadlines());
    frames = new RequestFrames(this, context, blocks, resets, traffic);
    decoder().frameListener(frames);
    connection().addListener(new Streams());
  }

  /** A connection handler for one channel; to be added on the channel's event loop. */
  public static Http2DownstreamConnection create(DownstreamContext context) {
    HttpOptions options = context.options();
    RequestBlocks blocks = new RequestBlocks(options.maxHeaderBytes(), options.maxHeaderCount());
    // HPACK counts 32 bytes more for each field; twice that, for a 431 instead of an error.
    long decoderLimit = 2L * options.maxHeaderBytes() + 64L * options.maxHeaderCount();
    Http2Codec codec =
        Http2Codec.create(
            Http2Codec.Side.SERVER, new HeaderBlockDecoder(decoderLimit, blocks::begin));
    // In force at once, not only when the client has acknowledged it.
    codec.decoder().connection().remote().maxActiveStreams(options.maxConcurrentStreams());
    Http2Settings settings =
        Http2Codec.settings().maxConcurrentStreams(options.maxConcurrentStreams());
    return new Http2DownstreamConnection(context, codec, settings, blocks);
  }

  /**
   * Ends the connection without cutting what runs on it: announces it with GOAWAY, refuses streams
   * that are opened after the client can know, closes when the last stream is over (RFC 9113,
   * section 6.8). May be called again.
   */
  public void drain() {
    if (greeted) {
      gracefulClose.start();
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
    return context.secure();
  }

  @Override
  public @Nullable String serverName() {
    return context.serverName();
  }

  @Override
  public Protocol protocol() {
    return Protocol.HTTP_2;
  }

  // --- for the streams ---------------------------------------------------------------------------

  FrameOutput output() {
    return output;
  }

  void touched(Http2DownstreamStream stream) {
    touched.add(stream);
  }

  /** Answers without an exchange, or after one that ended without an answer. */
  void reply(Http2Stream stream, Reason reason) {
    reply.clear();
    reply.status(reason.status());
    reply.fields().add(HeaderName.CONTENT_LENGTH, "0");
    if (context.options().reasonHeader()) {
      reply.fields().add(WEIR_REASON, reason.code());
    }
    output.response(stream, reply, true);
    output.endLocal(stream);
    if (stream.state() != Http2Stream.State.CLOSED) {
      reset(stream, Http2Error.NO_ERROR);
    }
    output.flush();
  }

  /** Sends RST_STREAM and forgets the stream. */
  void reset(Http2Stream stream, Http2Error error) {
    if (stream.state() != Http2Stream.State.CLOSED) {
      ChannelHandlerContext ctx = flowContext();
      resetIds.add(stream.id());
      resetStream(ctx, stream.id(), error.code(), ctx.newPromise());
      // Now, not when it is written: nothing may be sent on the stream any more.
      stream.close();
      output.flush();
    }
  }

  /** The same where the client broke the rules. */
  void resetForFault(Http2Stream stream, Http2Error error) {
    reset(stream, error);
    if (resets.bad(context.deadlines().now())) {
      onError(flowContext(), false, calm("too many malformed requests"));
    }
  }

  private ChannelHandlerContext flowContext() {
    return output.flow().channelHandlerContext();
  }

  static Http2Exception calm(String detail) {
    return new Http2Exception(Http2Error.ENHANCE_YOUR_CALM, detail);
  }

  // --- life of the connection --------------------------------------------------------------------

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    peerAddress = PeerAddress.text(ctx.channel().remoteAddress());
    if (ctx.channel().localAddress() instanceof InetSocketAddress inet) {
      localPort = inet.getPort();
    }
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
      headDeadline.set(context.options().headerReadNanos());
      idleDeadline.set(context.options().connectionIdleNanos());
      Http2Codec.openConnectionWindow(connection());
      output.flush();
      if (context.draining()) {
        drain();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    headDeadline.cancel();
    idleDeadline.cancel();
    gracefulClose.stop();
    super.channelInactive(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    output.readStarted();
    super.channelRead(ctx, message);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (failed) {
      in.skipBytes(in.readableBytes());
      return;
    }
    headerBlocks.look(in);
    int before = in.readableBytes();
    super.decode(ctx, in, out);
    headerBlocks.consumed(before - in.readableBytes());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    for (int i = 0; i < touched.size(); i++) {
      touched.get(i).readComplete();
    }
    touched.clear();
    output.readComplete();
    if (decoder().prefaceReceived()) {
      if (!headerBlocks.open()) {
        headDeadline.clear();
      } else if (!headDeadline.armed()) {
        headDeadline.set(context.options().headerReadNanos());
      }
    }
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

  private void headTimeout() {
    context.rejected(Failure.downstream(Reason.DOWNSTREAM_TIMEOUT, "header block not complete"));
    onError(flowContext(), false, calm("header block not complete in time"));
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      @Nullable Throwable cause,
      Http2Exception.StreamException error) {
    Http2Stream stream = connection().stream(error.streamId());
    if (stream == null && resetIds.contains(error.streamId())) {
      return;
    }
    super.onStreamError(ctx, outbound, cause, error);
    if (!outbound && resets.bad(context.deadlines().now())) {
      onError(ctx, false, calm("too many stream errors"));
    }
  }

  /** The decoder gave up on a header block, far beyond our own limit. */
  @Override
  protected void handleServerHeaderDecodeSizeError(ChannelHandlerContext ctx, Http2Stream stream) {
    frames.reject(stream, Reason.HEADERS_TOO_LARGE, "header block");
  }

  /** Tells the client why, and closes; requests in progress end here. */
  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      @Nullable Throwable cause,
      @Nullable Http2Exception error) {
    if (failed) {
      return;
    }
    failed = true;
    ConnectionErrors.log(ctx.channel(), cause, error);
    Http2Error code = error == null ? Http2Error.INTERNAL_ERROR : error.error();
    frameWriter()
        .writeGoAway(
            ctx,
            connection().remote().lastStreamCreated(),
            code.code(),
            Http2CodecUtil.toByteBuf(ctx, cause),
            ctx.newPromise())
        .addListener(written -> LingeringClose.of(ctx, context.deadlines()));
    closeStreams();
  }

  private void closeStreams() {
    try {
      connection()
          .forEachActiveStream(stream -> {
            stream.close();
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

  // --- streams -----------------------------------------------------------------------------------

  /** The stream's request is valid. */
  Http2DownstreamStream open(Http2Stream stream, RequestHead head) {
    Http2DownstreamStream opened = new Http2DownstreamStream(this, stream, head);
    stream.setProperty(streamKey, opened);
    active++;
    idleDeadline.clear();
    return opened;
  }

  @Nullable Http2DownstreamStream of(@Nullable Http2Stream stream) {
    return stream == null ? null : stream.getProperty(streamKey);
  }

  boolean failed() {
    return failed;
  }

  void pingAck(long data) {
    gracefulClose.pingAck(data);
  }

  /** What happens to streams, whoever did it. */
  private final class Streams extends Http2ConnectionAdapter {
    @Override
    public void onStreamClosed(Http2Stream stream) {
      Http2DownstreamStream known = of(stream);
      if (known == null) {
        return;
      }
      stream.removeProperty(streamKey);
      if (known.answered()) {
        resets.useful();
      }
      known.closed();
      if (known.over()) {
        blocks.giveBack(known.head());
      }
      active--;
      if (active == 0) {
        idleDeadline.set(context.options().connectionIdleNanos());
        gracefulClose.idle();
      }
    }
  }

  boolean busy() {
    return active > 0;
  }

  /** Closes after what is still to be written. */
  void closeAfterWrites() {
    flowContext().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }
}
