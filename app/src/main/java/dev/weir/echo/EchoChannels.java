package dev.weir.echo;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Puts the handlers of an {@link EchoPort} into its channels. */
final class EchoChannels extends ChannelInitializer<Channel> {
  private final EchoPort port;
  private final EchoIdentity identity;
  private final Consumer<EchoAnswer> seen;
  private final FirstFailures failures;

  EchoChannels(
      EchoPort port, EchoIdentity identity, Consumer<EchoAnswer> seen, FirstFailures failures) {
    this.port = port;
    this.identity = identity;
    this.seen = seen;
    this.failures = failures;
  }

  @Override
  protected void initChannel(Channel channel) {
    ChannelPipeline pipeline = channel.pipeline();
    switch (port) {
      case EchoPort.Plain _ -> pipeline.addLast(new PriorKnowledge(this::http1, this::http2));
      case EchoPort.Http1 _ -> http1(pipeline);
      case EchoPort.Http2 _ ->
          pipeline.addLast(new PriorKnowledge(EchoProtocols::http1Refused, this::http2));
      case EchoPort.Https https -> {
        tls(channel, https.tls());
        pipeline.addLast(new ByAlpn(this::http1, this::http2));
      }
      case EchoPort.Grpc grpc -> {
        tls(channel, grpc.tls());
        EchoProtocols.http2(pipeline, () -> new GrpcEcho(identity));
        pipeline.addLast(new ClosingOnErrors());
      }
      case EchoPort.Lines lines -> {
        tls(channel, lines.tls());
        LineEcho.addTo(pipeline, identity);
      }
      case EchoPort.Datagrams _ -> pipeline.addLast(new DatagramEcho(identity));
      case EchoPort.Dns _ ->
          pipeline.addLast(
              new DatagramDnsQueryDecoder(), new DatagramDnsResponseEncoder(), new DnsEcho());
    }
  }

  private void http1(ChannelPipeline pipeline) {
    EchoProtocols.http1(pipeline, new EchoResponder(identity, seen, failures));
  }

  private void http2(ChannelPipeline pipeline) {
    EchoProtocols.http2(pipeline, () -> new EchoResponder(identity, seen, failures));
  }

  private static void tls(Channel channel, @Nullable SslContext tls) {
    if (tls != null) {
      channel.pipeline().addLast(tls.newHandler(channel.alloc()));
    }
  }

  /** Ends connections that break, such as those whose handshake fails; tests see to that. */
  private static final class ClosingOnErrors extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  /** Adds the handlers of the version that ALPN chose, HTTP/1.1 without ALPN. */
  private static final class ByAlpn extends ApplicationProtocolNegotiationHandler {
    private final Consumer<ChannelPipeline> http1;
    private final Consumer<ChannelPipeline> http2;

    ByAlpn(Consumer<ChannelPipeline> http1, Consumer<ChannelPipeline> http2) {
      super(ApplicationProtocolNames.HTTP_1_1);
      this.http1 = http1;
      this.http2 = http2;
    }

    @Override
    protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }

    @Override
    @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
      (protocol.equals(ApplicationProtocolNames.HTTP_2) ? http2 : http1).accept(ctx.pipeline());
    }
  }
}
