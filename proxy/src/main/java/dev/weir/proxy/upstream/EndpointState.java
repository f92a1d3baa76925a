package dev.weir.proxy.upstream;

import dev.weir.proxy.plan.ClusterPlan.UpstreamProtocol;
import dev.weir.proxy.stream.ResponseReceiver;
import io.netty.channel.ChannelHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** One address of a cluster as one worker knows it: its connections, load and luck. */
public final class EndpointState {
  private final ClusterState cluster;
  private final SocketAddress address;
  private final String text;
  private final Connector connector;
  private final OwnConnections own;
  private Pool pool;
  private int weight = 1;
  private int priority;
  private String locality = "";
  private int active;
  private long requests;
  private long failures;
  private int connectFailures;
  private boolean setAside;
  private boolean removed;
  private long setAsideUntil;

  EndpointState(ClusterState cluster, SocketAddress address, Connector connector) {
    this.cluster = cluster;
    this.address = address;
    this.text = text(address);
    this.connector = connector;
    this.own = new OwnConnections(this, connector);
    this.pool = newPool();
  }

  private Pool newPool() {
    return cluster.protocol() == UpstreamProtocol.HTTP_1
        ? new Http1Pool(this, connector)
        : new Http2Pool(this, connector);
  }

  /** Takes what the plan says of the endpoint now. */
  void configure(int newWeight, int newPriority, String newLocality) {
    weight = newWeight;
    priority = newPriority;
    locality = newLocality;
  }

  /** Leaves the connections of now to end, and makes others: protocol or TLS are new. */
  void renewConnections() {
    pool.drain();
    pool = newPool();
  }

  /**
   * The endpoint is no longer in the plan: idle connections close, busy ones when they are done.
   */
  void remove() {
    removed = true;
    pool.drain();
  }

  // --- attempts ----------------------------------------------------------------------------------

  /**
   * Asks for a stream; the receiver gets {@link ResponseReceiver#upstreamReady} or {@link
   * ResponseReceiver#responseFailed}, during the call or later. Each call is followed by one of
   * {@link #attemptOver} when the attempt is over.
   *
   * @return what withdraws the request while it waits, or null if it does not
   */
  public @Nullable PendingStream acquire(ResponseReceiver receiver, Reuse reuse) {
    active++;
    requests++;
    if (!cluster.admit()) {
      receiver.responseFailed(ClusterState.OVERFLOW);
      return null;
    }
    return pool.acquire(receiver, reuse);
  }

  /** The attempt that {@link #acquire} began is over. */
  public void attemptOver(boolean failed) {
    active--;
    cluster.attemptOver();
    if (failed) {
      failures++;
    }
  }

  /**
   * Makes a connection for one user alone, who is told how it went during the call or later. Each
   * call is followed by one of {@link #connectionOver} when the connection is no longer used, or
   * was not made.
   */
  public void connect(ConnectionUser user) {
    active++;
    requests++;
    own.connect(user);
  }

  /**
   * Opens a UDP socket for one user alone. Each call is followed by one of {@link #connectionOver}
   * when the socket is no longer used, or was not opened.
   *
   * @param handler of the socket
   */
  public DatagramSocket datagrams(ChannelHandler handler) {
    active++;
    requests++;
    return own.datagrams(handler);
  }

  /** What {@link #connect} or {@link #datagrams} began is over. */
  public void connectionOver(boolean failed) {
    active--;
    if (failed) {
      failures++;
    }
  }

  /** An endpoint that is connected without asking (UDP) has told that it is not there. */
  public void unreachable() {
    connectFailed(connector.deadlines().now());
  }

  /** Whether the plan, or DNS, no longer has the endpoint. */
  public boolean removed() {
    return removed;
  }

  /** The address as text, made once. */
  public String text() {
    return text;
  }

  public ClusterState cluster() {
    return cluster;
  }

  // --- luck
  // ----------------------------------------------------------------------------------------

  /** Whether it may be picked: it is, unless it could not be connected a moment ago. */
  boolean usable(long now) {
    return !setAside || now - setAsideUntil >= 0;
  }

  void connectSucceeded() {
    connectFailures = 0;
    setAside = false;
  }

  /** May be picked again at once. */
  void forgive() {
    setAside = false;
  }

  /** Avoids the endpoint for a moment, longer with each failure in a row. */
  void connectFailed(long now) {
    connectFailures++;
    UpstreamOptions options = cluster.options();
    long nanos =
        Math.min(options.setAsideNanos() * connectFailures, options.longestSetAsideNanos());
    setAside = true;
    setAsideUntil = now + nanos;
  }

  // --- facts
  // ---------------------------------------------------------------------------------------

  SocketAddress address() {
    return address;
  }

  int weight() {
    return weight;
  }

  int priority() {
    return priority;
  }

  /** Attempts that run or wait. */
  int active() {
    return active;
  }

  EndpointSnapshot snapshot(long now) {
    return new EndpointSnapshot(
        text,
        weight,
        priority,
        locality,
        active,
        pool.pending(),
        pool.connections() + own.count(),
        requests,
        failures,
        !usable(now));
  }

  private static String text(SocketAddress address) {
    return switch (address) {
      case InetSocketAddress inet when inet.getAddress() instanceof java.net.Inet6Address ip ->
          "[" + ip.getHostAddress() + "]:" + inet.getPort();
      case InetSocketAddress inet when inet.getAddress() != null ->
          inet.getAddress().getHostAddress() + ":" + inet.getPort();
      case DomainSocketAddress unix -> "unix:" + unix.path();
      default -> address.toString();
    };
  }
}
