package dev.weir.proxy.server;

import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.DownstreamTls;
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

  private final ListenerState listener;
  private final DownstreamChannel connection;

  TlsStart(ListenerState listener, DownstreamChannel connection) {
    super(HANDSHAKE_MILLIS);
    this.listener = listener;
    this.connection = connection;
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
    DownstreamTls tls = chain == null ? null : chain.tls();
    if (chain == null || tls == null) {
      ctx.close();
      return;
    }
    String name = serverName == null ? null : serverName.toLowerCase(Locale.ROOT);
    connection.secure(name, chain);
    SslHandler handler = tls.context(name).newHandler(ctx.alloc());
    handler.setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
    ctx.pipeline().addLast(new ProtocolChoice(connection));
    ctx.pipeline().replace(this, null, handler);
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
