package dev.weir.proxy.server;

import dev.weir.proxy.http.h1.Http1DownstreamConnection;
import dev.weir.proxy.http.h2.Http2DownstreamConnection;
import io.netty.channel.ChannelPipeline;

/** Ends a pipeline with the codec of an HTTP version. */
final class Codecs {
  private Codecs() {}

  static void http1(ChannelPipeline pipeline, DownstreamChannel connection) {
    Http1DownstreamConnection codec = new Http1DownstreamConnection(connection);
    pipeline.addLast(codec);
    connection.onDrain(codec::drain, codec::endWhenIdle);
  }

  static void http2(ChannelPipeline pipeline, DownstreamChannel connection) {
    Http2DownstreamConnection codec = Http2DownstreamConnection.create(connection);
    pipeline.addLast(codec);
    connection.onDrain(codec::drain);
  }
}
