package dev.weir.echo;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import java.util.List;
import java.util.function.Consumer;

/** Looks at the first bytes of a plain-text connection: HTTP/2 preface or HTTP/1. */
final class PriorKnowledge extends ByteToMessageDecoder {
  private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

  private final Consumer<ChannelPipeline> http1;
  private final Consumer<ChannelPipeline> http2;

  PriorKnowledge(Consumer<ChannelPipeline> http1, Consumer<ChannelPipeline> http2) {
    this.http1 = http1;
    this.http2 = http2;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    int length = Math.min(in.readableBytes(), PREFACE.readableBytes());
    if (length == 0) {
      return;
    }
    ChannelPipeline pipeline = ctx.pipeline();
    if (!ByteBufUtil.equals(in, in.readerIndex(), PREFACE, PREFACE.readerIndex(), length)) {
      http1.accept(pipeline);
      pipeline.remove(this);
    } else if (length == PREFACE.readableBytes()) {
      http2.accept(pipeline);
      pipeline.remove(this);
    }
  }
}
