package dev.weir.proxy.tcp;

import dev.weir.core.failure.Failure;
import dev.weir.proxy.observe.CompletedRelay;
import dev.weir.proxy.upstream.EndpointState;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The notes that one relay takes about itself. */
final class RelayOutcome implements CompletedRelay {
  private final TcpDownstream downstream;
  private final String route;
  private final String cluster;
  private final @Nullable SocketAddress client;
  private final long startNanos;

  @Nullable EndpointState endpoint;
  @Nullable Failure failure;
  int attempts;
  long bytesReceived;
  long bytesSent;
  long connectNanos = -1;
  long durationNanos;

  RelayOutcome(
      TcpDownstream downstream,
      String route,
      String cluster,
      @Nullable SocketAddress client,
      long startNanos) {
    this.downstream = downstream;
    this.route = route;
    this.cluster = cluster;
    this.client = client;
    this.startNanos = startNanos;
  }

  /** Whether the endpoint is to blame for the end. */
  boolean failedUpstream() {
    return failure != null && failure.origin() == Failure.Origin.UPSTREAM;
  }

  @Override
  public Protocol protocol() {
    return downstream.secure() ? Protocol.TLS : Protocol.TCP;
  }

  @Override
  public String listener() {
    return downstream.listener();
  }

  @Override
  public String route() {
    return route;
  }

  @Override
  public String cluster() {
    return cluster;
  }

  @Override
  public @Nullable String endpoint() {
    return endpoint == null ? null : endpoint.text();
  }

  @Override
  public int attempts() {
    return attempts;
  }

  @Override
  public String clientAddress() {
    return client instanceof InetSocketAddress inet && inet.getAddress() != null
        ? NetUtil.toAddressString(inet.getAddress())
        : "unknown";
  }

  @Override
  public @Nullable String serverName() {
    return downstream.serverName();
  }

  @Override
  public @Nullable Failure failure() {
    return failure;
  }

  @Override
  public long bytesReceived() {
    return bytesReceived;
  }

  @Override
  public long bytesSent() {
    return bytesSent;
  }

  @Override
  public long datagramsReceived() {
    return 0;
  }

  @Override
  public long datagramsSent() {
    return 0;
  }

  @Override
  public long startNanos() {
    return startNanos;
  }

  @Override
  public long durationNanos() {
    return durationNanos;
  }

  @Override
  public long connectNanos() {
    return connectNanos;
  }
}
