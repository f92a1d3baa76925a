package dev.weir.echo;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.util.function.Supplier;

/** The handlers of the two HTTP versions, ending in what answers the requests. */
final class EchoProtocols {
  private static final int MAX_BODY = 16 * 1024 * 1024;

  private EchoProtocols() {}

  static void http1(ChannelPipeline pipeline, ChannelHandler responder) {
    pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_BODY), responder);
  }

  static void http2(ChannelPipeline pipeline, Supplier<? extends ChannelHandler> responders) {
    pipeline.addLast(
        Http2FrameCodecBuilder.forServer().build(),
        new Http2MultiplexHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel stream) {
                stream
                    .pipeline()
                    .addLast(
                        new Http2StreamFrameToHttpObjectCodec(true),
                        new HttpObjectAggregator(MAX_BODY),
                        responders.get());
              }
            }));
  }

  /** Answers 400 to whoever speaks HTTP/1 on a port that is for HTTP/2. */
  static void http1Refused(ChannelPipeline pipeline) {
    http1(
        pipeline,
        new SimpleChannelInboundHandler<FullHttpRequest>() {
          @Override
          protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            var refusal =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_REQUEST);
            refusal.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, 0);
            ctx.writeAndFlush(refusal).addListener(ChannelFutureListener.CLOSE);
          }
        });
  }
}
