package dev.weir.echo;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * The TCP backend of the Gateway API conformance suite: greets with {@link #WELCOME}, then answers
 * the lines {@code PING} with {@code PONG}, {@code IS_TLS} with {@code true} or {@code false},
 * {@code TEST} with a JSON object of the identity and the TLS connection; other lines with nothing.
 */
public final class LineEcho extends SimpleChannelInboundHandler<String> {
  /** The first line a client reads. */
  public static final String WELCOME = "Gateway API Test TCP Server";

  private static final int MAX_LINE = 64 * 1024;
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private final EchoIdentity identity;

  private LineEcho(EchoIdentity identity) {
    this.identity = identity;
  }

  static void addTo(ChannelPipeline pipeline, EchoIdentity identity) {
    pipeline.addLast(
        new LineBasedFrameDecoder(MAX_LINE),
        new StringDecoder(),
        new StringEncoder(),
        new LineEcho(identity));
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (ctx.pipeline().get(SslHandler.class) == null) {
      ctx.writeAndFlush(WELCOME + "\n");
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
      ctx.writeAndFlush(WELCOME + "\n");
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, String line) {
    EchoAnswer.Tls tls = TlsFacts.of(ctx.channel());
    switch (line) {
      case "PING" -> ctx.writeAndFlush("PONG\n");
      case "IS_TLS" -> ctx.writeAndFlush((tls != null) + "\n");
      case "TEST" -> {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("namespace", identity.namespace());
        answer.put("service", identity.service());
        answer.put("pod", identity.pod());
        int port = ((InetSocketAddress) ctx.channel().localAddress()).getPort();
        answer.put(tls == null ? "tcpport" : "tlsport", Integer.toString(port));
        answer.put("isTLS", tls != null);
        if (tls != null) {
          answer.put("tls", tls);
        }
        ctx.writeAndFlush(JSON.writeValueAsString(answer) + "\n");
      }
      default -> {}
    }
  }

  @Override
  @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
