package dev.weir.proxy.upstream;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.plan.ClusterPlan.UpstreamProtocol;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.jspecify.annotations.Nullable;

/**
 * One connection in the making. Stands at the end of the pipeline until transport and TLS are
 * there, gives its place to the codec, and tells the pool exactly once how it ended.
 */
final class ConnectAttempt extends ChannelInboundHandlerAdapter {
  private final EndpointState endpoint;
  private final Connector.Client client;
  private final Deadlines deadlines;
  private final Deadlines.Deadline deadline;
  private @Nullable ChannelHandlerContext context;
  private boolean over;

  ConnectAttempt(EndpointState endpoint, Connector.Client client, Deadlines deadlines) {
    this.endpoint = endpoint;
    this.client = client;
    this.deadlines = deadlines;
    this.deadline = deadlines.create(this::timedOut);
    deadline.set(endpoint.cluster().connectTimeoutNanos());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  /** The socket is connected, or not for the reason given. */
  void transportConnected(@Nullable Throwable cause) {
    if (cause != null) {
      fail(Reason.UPSTREAM_CONNECT_FAILURE, cause);
    } else if (context != null && context.pipeline().get(SslHandler.class) == null) {
      succeed(context);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (!handshake.isSuccess()) {
        fail(Reason.UPSTREAM_TLS_FAILURE, handshake.cause());
      } else if (endpoint.cluster().protocol() == UpstreamProtocol.HTTP_2 && !http2(ctx)) {
        fail(Reason.UPSTREAM_PROTOCOL_ERROR, "the endpoint does not speak HTTP/2 over TLS (ALPN)");
      } else {
        succeed(ctx);
      }
      return;
    }
    ctx.fireUserEventTriggered(event);
  }

  private static boolean http2(ChannelHandlerContext ctx) {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    return tls != null && ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(Reason.UPSTREAM_CONNECT_FAILURE, "closed before it was usable");
  }

  @Override
  @SuppressWarnings("deprecation") // the adapter's, of a method that inbound handlers still have
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(Reason.UPSTREAM_CONNECT_FAILURE, cause);
  }

  private void timedOut() {
    fail(Reason.UPSTREAM_CONNECT_TIMEOUT, "not connected in time");
  }

  private void succeed(ChannelHandlerContext ctx) {
    if (over) {
      return;
    }
    over = true;
    deadline.cancel();
    endpoint.connectSucceeded();
    Channel channel = ctx.channel();
    channel.pipeline().remove(this);
    client.connected(channel);
  }

  private void fail(Reason reason, Throwable cause) {
    fail(reason, String.valueOf(cause.getMessage()));
  }

  private void fail(Reason reason, String detail) {
    if (over) {
      return;
    }
    over = true;
    deadline.cancel();
    if (context != null) {
      context.close();
    }
    endpoint.connectFailed(deadlines.now());
    client.connectFailed(Failure.upstream(reason, Retry.UNSENT, endpoint.text() + ": " + detail));
  }
}
