package dev.weir.proxy.server;

import dev.weir.proxy.http.h3.Http3DownstreamConnection;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.plan.ChainPlan;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.ssl.SniCompletionEvent;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first handler of a QUIC connection: waits for the end of the handshake, then makes way for
 * HTTP/3 with the chain that serves the server name. The certificate was chosen by {@link
 * QuicSocket}.
 */
final class QuicStart extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(QuicStart.class);

  private final QuicListenerState listener;
  private final DownstreamChannel connection;
  private final Deadline deadline;
  private final Runnable over;
  private @Nullable String serverName;

  /**
   * A start.
   *
   * @param over is run when the handshake is over, whatever came of it
   */
  QuicStart(
      QuicListenerState listener,
      DownstreamChannel connection,
      QuicChannel channel,
      Runnable over) {
    this.listener = listener;
    this.connection = connection;
    this.over = over;
    deadline = connection.deadlines().create(channel::close);
    deadline.set(TimeUnit.MILLISECONDS.toNanos(TlsStart.HANDSHAKE_MILLIS));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SniCompletionEvent sni && sni.hostname() != null) {
      serverName = sni.hostname().toLowerCase(Locale.ROOT);
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ChainPlan chain = listener.plan().chains().find(serverName);
    if (chain == null || chain.tls() == null) {
      ctx.close();
      return;
    }
    connection.secure(serverName, chain);
    Http3DownstreamConnection codec =
        Http3DownstreamConnection.open((QuicChannel) ctx.channel(), connection);
    connection.onDrain(codec::drain);
    ctx.pipeline().remove(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    deadline.cancel();
    over.run();
  }

  @Override
  @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.debug("QUIC handshake of {} failed: {}", ctx.channel(), cause.toString());
    ctx.close();
  }
}
