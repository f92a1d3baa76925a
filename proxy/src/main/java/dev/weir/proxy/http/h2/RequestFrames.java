package dev.weir.proxy.http.h2;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.http.AbuseGuard;
import dev.weir.proxy.http.HeaderBlock;
import dev.weir.proxy.http.RequestBlocks;
import dev.weir.proxy.http.RequestRules;
import dev.weir.proxy.http.RequestRules.Verdict;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.stream.DownstreamContext;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;

/** What comes from a client: opens and refuses requests, hands the rest to their streams. */
final class RequestFrames extends Http2FrameAdapter {
  private final Http2DownstreamConnection connection;
  private final DownstreamContext context;
  private final RequestBlocks blocks;
  private final AbuseGuard resets;
  private final AbuseGuard traffic;

  /**
   * @param resets counts what clients break off
   * @param traffic counts frames that carry nothing
   */
  RequestFrames(
      Http2DownstreamConnection connection,
      DownstreamContext context,
      RequestBlocks blocks,
      AbuseGuard resets,
      AbuseGuard traffic) {
    this.connection = connection;
    this.context = context;
    this.blocks = blocks;
    this.resets = resets;
    this.traffic = traffic;
  }

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
    if (connection.failed()) {
      return;
    }
    traffic.useful();
    Http2Stream stream = connection.connection().stream(streamId);
    Http2DownstreamStream known = connection.of(stream);
    if (known != null) {
      HeaderBlock block = blocks.block();
      known.trailers(block.fields(), block.trailerFlaw(), endStream);
    } else if (stream != null) {
      open(stream, endStream);
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endStream)
      throws Http2Exception {
    if (data.isReadable() || endStream) {
      traffic.useful();
    } else {
      idleFrame();
    }
    Http2DownstreamStream stream = connection.of(connection.connection().stream(streamId));
    return stream == null
        ? data.readableBytes() + padding
        : stream.data(data, padding, endStream, context.options().maxBodyBytes());
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode)
      throws Http2Exception {
    Http2DownstreamStream stream = connection.of(connection.connection().stream(streamId));
    if (stream == null || stream.over()) {
      return;
    }
    stream.abort(
        Failure.downstream(Reason.DOWNSTREAM_RESET, "RST_STREAM " + Http2Error.valueOf(errorCode)));
    if (resets.bad(context.deadlines().now())) {
      throw Http2DownstreamConnection.calm("too many streams reset");
    }
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings)
      throws Http2Exception {
    idleFrame();
  }

  @Override
  public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
    idleFrame();
  }

  @Override
  public void onPingAckRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
    connection.pingAck(data);
    idleFrame();
  }

  @Override
  public void onPriorityRead(
      ChannelHandlerContext ctx,
      int streamId,
      int streamDependency,
      short weight,
      boolean exclusive)
      throws Http2Exception {
    idleFrame();
  }

  private void idleFrame() throws Http2Exception {
    if (traffic.bad(context.deadlines().now())) {
      throw Http2DownstreamConnection.calm("too many frames that carry nothing");
    }
  }

  private void open(Http2Stream stream, boolean last) {
    HttpOptions options = context.options();
    HeaderBlock block = blocks.block();
    RequestHead head = blocks.take();
    Verdict verdict = RequestRules.apply(block, head, options, context.secure());
    if (verdict == Verdict.ACCEPTED && last && block.contentLength() > 0) {
      verdict = Verdict.MALFORMED;
    }
    if (verdict != Verdict.ACCEPTED) {
      blocks.giveBack(head);
    }
    switch (verdict) {
      case ACCEPTED -> {
        if (options.maxBodyBytes() > 0 && block.contentLength() > options.maxBodyBytes()) {
          blocks.giveBack(head);
          reject(stream, Reason.BODY_TOO_LARGE, "Content-Length");
        } else {
          connection.open(stream, head).start(context, block.contentLength(), last);
        }
      }
      case MALFORMED -> {
        String flaw = block.flaw();
        context.rejected(
            Failure.downstream(Reason.BAD_REQUEST, flaw == null ? "malformed request" : flaw));
        connection.resetForFault(stream, Http2Error.PROTOCOL_ERROR);
      }
      case BAD_PATH -> reject(stream, Reason.BAD_REQUEST, "path");
      case HEADERS_TOO_LARGE -> reject(stream, Reason.HEADERS_TOO_LARGE, "request head");
      case URI_TOO_LONG -> reject(stream, Reason.URI_TOO_LONG, "request target");
      case NOT_IMPLEMENTED -> reject(stream, Reason.NOT_IMPLEMENTED, "CONNECT");
      case EXPECTATION_FAILED -> reject(stream, Reason.EXPECTATION_FAILED, "Expect");
    }
    if (context.draining()) {
      connection.drain();
    }
  }

  void reject(Http2Stream stream, Reason reason, String detail) {
    context.rejected(Failure.downstream(reason, detail));
    connection.reply(stream, reason);
  }
}
