package dev.weir.proxy.server;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.DownstreamTls;
import dev.weir.proxy.plan.HttpPlan;
import dev.weir.proxy.plan.TcpPlan;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first handler of a TLS connection: the server name in the ClientHello chooses the chain,
 * whose certificates the handshake goes on with; then ALPN chooses the codec. A name that no chain
 * serves ends the connection.
 */
final class TlsStart extends AbstractSniHandler<Optional<ChainPlan>> {
  /** For the ClientHello, and again for the rest of the handshake. */
  static final long HANDSHAKE_MILLIS = TimeUnit.SECONDS.toMillis(10);

  private static final Logger log = LoggerFactory.getLogger(TlsStart.class);

  /** Longer ones are refused; honest ones have some 2 kB, mostly of post-quantum keys. */
  private static final int LONGEST_CLIENT_HELLO = 16 * 1024;

  private final TcpListenerState listener;
  private final DownstreamChannel connection;

  TlsStart(TcpListenerState listener, DownstreamChannel connection) {
    super(LONGEST_CLIENT_HELLO, HANDSHAKE_MILLIS);
    this.listener = listener;
    this.connection = connection;
  }

  @Override
  protected Future<Optional<ChainPlan>> lookup(
      ChannelHandlerContext ctx, @Nullable ByteBuf clientHello) throws Exception {
    if (clientHello == null) {
      // No TLS, which would otherwise count as TLS without a server name.
      return ctx.executor().newSucceededFuture(Optional.empty());
    }
    return super.lookup(ctx, clientHello);
  }

  @Override
  protected Future<Optional<ChainPlan>> lookup(
      ChannelHandlerContext ctx, @Nullable String serverName) {
    ChainPlan chain = listener.plan().chains().find(serverName);
    return ctx.executor().newSucceededFuture(Optional.ofNullable(chain));
  }

  @Override
  protected void onLookupComplete(
      ChannelHandlerContext ctx, @Nullable String serverName, Future<Optional<ChainPlan>> found) {
    ChainPlan chain = found.getNow().orElse(null);
    if (chain == null) {
      connection.refuse(
          Failure.local(
              Reason.NO_ROUTE,
              serverName == null ? "no server name" : "no filter chain for " + serverName));
      return;
    }
    String name = serverName == null ? null : serverName.toLowerCase(Locale.ROOT);
    connection.secure(name, chain);
    SslHandler tls = chain.tls() == null ? null : handler(chain.tls(), name, ctx);
    switch (chain.traffic()) {
      case HttpPlan http -> ctx.pipeline().addLast(new ProtocolChoice(connection));
      case TcpPlan tcp -> connection.relay(tcp, tls);
    }
    if (tls == null) {
      ctx.pipeline().remove(this); // the ClientHello goes on as it came
    } else {
      ctx.pipeline().replace(this, null, tls);
    }
  }

  private static SslHandler handler(
      DownstreamTls tls, @Nullable String serverName, ChannelHandlerContext ctx) {
    SslHandler handler = tls.context(serverName).newHandler(ctx.alloc());
    handler.setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
    return handler;
  }

  @Override
  @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.debug("TLS of {} failed before its chain was known: {}", ctx.channel(), cause.toString());
    ctx.close();
  }

  /** Waits for the end of the handshake. */
  private static final class ProtocolChoice extends ApplicationProtocolNegotiationHandler {
    private final DownstreamChannel connection;

    ProtocolChoice(DownstreamChannel connection) {
      super(ApplicationProtocolNames.HTTP_1_1);
      this.connection = connection;
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
      if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
        Codecs.http2(ctx.pipeline(), connection);
      } else {
        Codecs.http1(ctx.pipeline(), connection);
      }
    }

    @Override
    protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
      log.debug("TLS handshake of {} failed: {}", ctx.channel(), cause.toString());
      ctx.close();
    }

    @Override
    @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      log.debug("{} broke in the TLS handshake: {}", ctx.channel(), cause.toString());
      ctx.close();
    }
  }
}
