package dev.weir.proxy.upstream;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;

/**
 * The connections and UDP sockets of one endpoint that have one user each, outside of the pools:
 * bytes pass as they come, so that none can be used again. They count against the cluster's limit
 * of connections, and live on when the endpoint is no longer in the plan.
 */
final class OwnConnections {
  private static final Failure OVERFLOW =
      Failure.upstream(Reason.UPSTREAM_OVERFLOW, Retry.NEVER, "too many connections");

  private final EndpointState endpoint;
  private final Connector connector;
  private int count;

  OwnConnections(EndpointState endpoint, Connector connector) {
    this.endpoint = endpoint;
    this.connector = connector;
  }

  /** Connections open or being made, and sockets. */
  int count() {
    return count;
  }

  /** Makes a connection. */
  void connect(ConnectionUser user) {
    if (!admit()) {
      user.connectFailed(OVERFLOW);
      return;
    }
    connector.connect(
        endpoint,
        new Connector.Client() {
          @Override
          public void connected(Channel channel) {
            channel.closeFuture().addListener(closed -> over());
            user.connected(channel);
          }

          @Override
          public void connectFailed(Failure failure) {
            over();
            user.connectFailed(failure);
          }
        });
  }

  /** Opens a UDP socket that speaks to the endpoint alone. */
  DatagramSocket datagrams(ChannelHandler handler) {
    if (endpoint.cluster().tls() != null) {
      // Never in plain text what was to be secured.
      return refused(Reason.UPSTREAM_TLS_FAILURE, "datagrams cannot be secured");
    }
    if (!(endpoint.address() instanceof InetSocketAddress address)) {
      return refused(Reason.UPSTREAM_CONNECT_FAILURE, "takes no datagrams");
    }
    if (!admit()) {
      return new DatagramSocket.Refused(OVERFLOW);
    }
    Channel channel = connector.datagrams(handler);
    channel.closeFuture().addListener(closed -> over());
    Throwable cause = channel.connect(address).cause();
    if (cause != null) {
      channel.close();
      return refused(Reason.UPSTREAM_CONNECT_FAILURE, String.valueOf(cause.getMessage()));
    }
    return new DatagramSocket.Open(channel);
  }

  private DatagramSocket refused(Reason reason, String detail) {
    return new DatagramSocket.Refused(
        Failure.upstream(reason, Retry.UNSENT, endpoint.text() + ": " + detail));
  }

  private boolean admit() {
    if (!endpoint.cluster().load().addConnection(endpoint.cluster().limits(), false)) {
      return false;
    }
    count++;
    return true;
  }

  private void over() {
    count--;
    endpoint.cluster().load().removeConnection();
  }
}
