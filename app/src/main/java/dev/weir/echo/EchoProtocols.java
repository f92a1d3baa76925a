package dev.weir.echo;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.util.function.Supplier;

/** The handlers of the two HTTP versions, ending in an {@link EchoResponder}. */
final class EchoProtocols {
  private static final int MAX_BODY = 16 * 1024 * 1024;

  private EchoProtocols() {}

  static void http1(ChannelPipeline pipeline, EchoResponder responder) {
    pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_BODY), responder);
  }

  static void http2(ChannelPipeline pipeline, Supplier<EchoResponder> responders) {
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
}
