package dev.weir.echo;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import java.util.List;
import java.util.function.Supplier;

/** Looks at the first bytes of a plain-text connection: HTTP/2 preface or HTTP/1. */
final class PriorKnowledge extends ByteToMessageDecoder {
  private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

  private final Supplier<EchoResponder> responders;

  PriorKnowledge(Supplier<EchoResponder> responders) {
    this.responders = responders;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    int length = Math.min(in.readableBytes(), PREFACE.readableBytes());
    if (length == 0) {
      return;
    }
    ChannelPipeline pipeline = ctx.pipeline();
    if (!ByteBufUtil.equals(in, in.readerIndex(), PREFACE, PREFACE.readerIndex(), length)) {
      EchoProtocols.http1(pipeline, responders.get());
      pipeline.remove(this);
    } else if (length == PREFACE.readableBytes()) {
      EchoProtocols.http2(pipeline, responders);
      pipeline.remove(this);
    }
  }
}
