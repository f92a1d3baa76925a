package dev.weir.proxy.upstream;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.LoopAllocator;
import dev.weir.proxy.loop.SocketOptions;
import dev.weir.proxy.loop.Transport;
import dev.weir.proxy.plan.UpstreamTls;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Makes connections to endpoints, on one event loop: TCP or unix socket, then TLS if so planned;
 * and opens UDP sockets.
 */
final class Connector {
  private final EventLoop loop;
  private final Transport transport;
  private final LoopAllocator allocator;
  private final Deadlines deadlines;

  /** Who asked for a connection: told once, never during the call that asked. */
  interface Client {
    /** The channel is open, and TLS done; the codec is to be added now. */
    void connected(Channel channel);

    void connectFailed(Failure failure);
  }

  Connector(EventLoop loop, Transport transport, LoopAllocator allocator, Deadlines deadlines) {
    this.loop = loop;
    this.transport = transport;
    this.allocator = allocator;
    this.deadlines = deadlines;
  }

  Deadlines deadlines() {
    return deadlines;
  }

  /** Starts a connection to {@code endpoint}. */
  void connect(EndpointState endpoint, Client client) {
    Class<? extends Channel> type;
    try {
      type = transport.client(endpoint.address());
    } catch (UnsupportedOperationException e) {
      Failure failure =
          Failure.upstream(
              Reason.UPSTREAM_CONNECT_FAILURE, Retry.UNSENT, String.valueOf(e.getMessage()));
      loop.execute(() -> client.connectFailed(failure));
      return;
    }
    ConnectAttempt attempt = new ConnectAttempt(endpoint, client, deadlines);
    new Bootstrap()
        .group(loop)
        .channel(type)
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                SocketOptions.apply(channel.config(), allocator);
                // The deadline of the attempt covers TLS as well.
                channel.config().setConnectTimeoutMillis(0);
                UpstreamTls tls = endpoint.cluster().tls();
                if (tls != null) {
                  channel.pipeline().addLast(tls(tls, endpoint, channel));
                }
                channel.pipeline().addLast(attempt);
              }
            })
        .connect(endpoint.address())
        .addListener(future -> attempt.transportConnected(future.cause()));
  }

  /** Opens a UDP socket. */
  Channel datagrams(ChannelHandler handler) {
    Channel channel = transport.openDatagrams();
    channel.pipeline().addLast(handler);
    loop.register(channel);
    return channel;
  }

  private static ChannelHandler tls(UpstreamTls tls, EndpointState endpoint, Channel channel) {
    int port = endpoint.address() instanceof InetSocketAddress inet ? inet.getPort() : -1;
    SslHandler handler =
        tls.serverName().isEmpty()
            ? tls.context().newHandler(channel.alloc())
            : tls.context().newHandler(channel.alloc(), tls.serverName(), port);
    // As for the connect timeout: the attempt has one deadline.
    handler.setHandshakeTimeout(0, TimeUnit.MILLISECONDS);
    return handler;
  }
}
