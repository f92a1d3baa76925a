package dev.weir.proxy.udp;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.observe.CompletedRelay;
import dev.weir.proxy.plan.UdpPlan;
import dev.weir.proxy.upstream.EndpointState;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

/**
 * One client of a listener, the endpoint that it speaks to, and the socket between them: connected,
 * so that only the endpoint can answer, and so that the kernel tells when nobody listens there.
 */
final class UdpSession implements CompletedRelay {
  /** Nothing waits behind a datagram for which the kernel has no room: it is dropped. */
  private static final WriteBufferWaterMark ONE_DATAGRAM = new WriteBufferWaterMark(1, 1);

  private final UdpListener listener;
  private final Channel listenSocket;
  private final Client client;
  private final String route;
  private final long startNanos;
  private UdpPlan plan;
  private String cluster = "";
  private @Nullable EndpointState endpoint;
  private @Nullable Channel upstream;

  /** The endpoint does not listen, or the socket broke. */
  private boolean broken;

  private int attempts;
  private long lastUsed;
  private long endNanos;
  private long bytesReceived;
  private long bytesSent;
  private long datagramsReceived;
  private long datagramsSent;
  private @Nullable Failure failure;

  UdpSession(UdpListener listener, Channel listenSocket, Client client, UdpPlan plan) {
    this.listener = listener;
    this.listenSocket = listenSocket;
    this.client = client;
    this.plan = plan;
    this.route = plan.name();
    this.startNanos = listener.relays().deadlines().now();
    this.lastUsed = startNanos;
  }

  Client client() {
    return client;
  }

  Channel listenSocket() {
    return listenSocket;
  }

  /** When a datagram passed last, in either direction. */
  long lastUsed() {
    return lastUsed;
  }

  // --- the endpoint ----------------------------------------------------------------------------

  /** Whether it needs another endpoint: its own is gone, deaf, or no longer the listener's. */
  @SuppressWarnings("ReferenceEquality") // what did not change is the same object
  boolean lost(UdpPlan current) {
    return broken
        || endpoint == null
        || endpoint.removed()
        || (plan != current && !current.clusters().contains(cluster));
  }

  /** The handler of the next socket to an endpoint. */
  ChannelHandler newUpstream() {
    return new Upstream();
  }

  /** Speaks to this endpoint from now on. */
  void joined(String name, EndpointState to, Channel socket, UdpPlan current) {
    leave();
    cluster = name;
    endpoint = to;
    upstream = socket;
    plan = current;
    broken = false;
    attempts++;
    socket.config().setWriteBufferWaterMark(ONE_DATAGRAM);
  }

  private void leave() {
    if (upstream != null) {
      upstream.close();
      upstream = null;
    }
    if (endpoint != null) {
      endpoint.connectionOver(broken);
    }
  }

  /** It is over. */
  void end(@Nullable Failure why) {
    failure = why;
    endNanos = listener.relays().deadlines().now();
    leave();
  }

  // --- datagrams -------------------------------------------------------------------------------

  /**
   * Sends what the client sent. Takes over the reference.
   *
   * @return false if there was no room
   */
  boolean send(ByteBuf data) {
    if (upstream == null || !upstream.isWritable()) {
      data.release();
      return false;
    }
    lastUsed = listener.relays().deadlines().now();
    datagramsReceived++;
    bytesReceived += data.readableBytes();
    upstream.writeAndFlush(data, upstream.voidPromise());
    return true;
  }

  /** Sends back what the endpoint sent. */
  private void reply(ByteBuf data) {
    Reason obstacle = null;
    if (data.readableBytes() > plan.maxReplyBytes()) {
      obstacle = Reason.BODY_TOO_LARGE;
    } else if (!listenSocket.isWritable()) {
      listenSocket.flush();
      obstacle = listenSocket.isWritable() ? null : Reason.DOWNSTREAM_OVERFLOW;
    }
    if (obstacle != null) {
      data.release();
      listener.relays().observer().dropped(listener(), obstacle);
      return;
    }
    lastUsed = listener.relays().deadlines().now();
    datagramsSent++;
    bytesSent += data.readableBytes();
    listener.used(this);
    listenSocket.write(new DatagramPacket(data, client.address()), listenSocket.voidPromise());
  }

  /** Reads one socket to an endpoint. */
  private final class Upstream extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf data = ((DatagramPacket) message).content();
      if (ctx.channel().equals(upstream)) {
        reply(data);
      } else {
        data.release(); // of an endpoint that the session has left
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      listenSocket.flush();
    }

    @Override
    @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // Mostly that nobody listens there (ICMP): the client's next datagram goes elsewhere.
      if (ctx.channel().equals(upstream) && !broken && endpoint != null) {
        broken = true;
        endpoint.unreachable();
      }
    }
  }

  // --- what there is to say of it --------------------------------------------------------------

  @Override
  public Protocol protocol() {
    return Protocol.UDP;
  }

  @Override
  public String listener() {
    return listener.plan().name();
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
    return NetUtil.toAddressString(client.address().getAddress());
  }

  @Override
  public @Nullable String serverName() {
    return null;
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
    return datagramsReceived;
  }

  @Override
  public long datagramsSent() {
    return datagramsSent;
  }

  @Override
  public long startNanos() {
    return startNanos;
  }

  @Override
  public long durationNanos() {
    return endNanos - startNanos;
  }

  @Override
  public long connectNanos() {
    return -1;
  }
}
