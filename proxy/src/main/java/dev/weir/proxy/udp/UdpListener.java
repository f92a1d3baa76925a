package dev.weir.proxy.udp;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.loop.SocketOptions;
import dev.weir.proxy.plan.UdpListenerPlan;
import dev.weir.proxy.plan.UdpPlan;
import dev.weir.proxy.upstream.ClusterState;
import dev.weir.proxy.upstream.DatagramSocket;
import dev.weir.proxy.upstream.EndpointState;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.UnixChannelOption;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A UDP listener on one worker, and the sessions of the clients whose datagrams the kernel gives to
 * this worker's sockets. On its event loop only.
 */
public final class UdpListener {
  private static final Logger log = LoggerFactory.getLogger(UdpListener.class);

  /** While it drains, a session that is quiet for so long is over. */
  private static final long DRAIN_IDLE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Replies for which the kernel has no room wait up to this much memory. */
  private static final int MOST_WAITING = 4 * SocketOptions.HIGH_WATER;

  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(SocketOptions.HIGH_WATER, MOST_WAITING);

  private final UdpRelays relays;
  private UdpListenerPlan plan;

  /** The one that is longest unused comes first. */
  private final LinkedHashMap<Client, UdpSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

  private final Deadline expiry;
  private Runnable quiet = () -> {};
  private int sockets;
  private boolean draining;

  UdpListener(UdpRelays relays, UdpListenerPlan plan) {
    this.relays = relays;
    this.plan = plan;
    this.expiry = relays.deadlines().create(this::expire);
  }

  public UdpListenerPlan plan() {
    return plan;
  }

  /** Goes on with another plan: sessions move, when they are used next, if they have to. */
  public void plan(UdpListenerPlan next) {
    plan = next;
    expire();
  }

  /** How many sessions live. */
  public int sessions() {
    return sessions.size();
  }

  /** Opens a socket; its sessions end with it. Closing it is the caller's business. */
  public ChannelFuture bind(InetSocketAddress address) {
    DatagramChannel socket = relays.transport().openDatagrams();
    if (relays.transport().sharesPorts()) {
      socket.config().setOption(UnixChannelOption.SO_REUSEPORT, true);
    }
    socket.config().setOption(ChannelOption.MESSAGE_SIZE_ESTIMATOR, DatagramMemory.INSTANCE);
    socket.config().setWriteBufferWaterMark(WATER_MARK);
    limit(socket, traffic().maxRequestBytes());
    socket.pipeline().addLast(new Reader(sockets++));
    relays.loop().register(socket);
    socket.closeFuture().addListener(closed -> endAll(socket));
    return socket.bind(address);
  }

  /** One byte more than allowed, so that what is longer is seen to be so. */
  static void limit(Channel socket, int bytes) {
    socket.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(bytes + 1));
  }

  /** Takes in no new clients, and lets sessions end that are quiet. */
  public void drain() {
    draining = true;
    expire();
  }

  /** Runs {@code action} each time that the last session has ended. */
  public void onQuiet(Runnable action) {
    quiet = action;
  }

  // --- datagrams -------------------------------------------------------------------------------

  /** Reads one listen socket. */
  private final class Reader extends ChannelInboundHandlerAdapter {
    private final int socket;

    Reader(int socket) {
      this.socket = socket;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      DatagramPacket packet = (DatagramPacket) message;
      received(ctx.channel(), new Client(socket, packet.sender()), packet);
    }

    @Override
    @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // A reply that could not be sent, for example to a forged address: no reason to stop.
      log.debug("UDP socket {}: {}", ctx.channel(), cause.toString());
    }
  }

  private void received(Channel socket, Client client, DatagramPacket packet) {
    if (packet.content().readableBytes() > traffic().maxRequestBytes()) {
      drop(packet, Reason.BODY_TOO_LARGE);
      return;
    }
    UdpSession session = sessions.get(client);
    if (session != null && session.lost(traffic())) {
      Failure failure = move(session);
      if (failure != null) {
        end(session, failure);
        drop(packet, failure.reason());
        return;
      }
    }
    if (session == null) {
      session = open(socket, client);
      if (session == null) {
        packet.release();
        return;
      }
    }
    if (!session.send(packet.content())) {
      relays.observer().dropped(plan.name(), Reason.UPSTREAM_OVERFLOW);
    }
  }

  private void drop(DatagramPacket packet, Reason reason) {
    packet.release();
    relays.observer().dropped(plan.name(), reason);
  }

  // --- sessions --------------------------------------------------------------------------------

  /** A new session; null, and counted, if there cannot be one. */
  private @Nullable UdpSession open(Channel socket, Client client) {
    if (draining) {
      relays.observer().dropped(plan.name(), Reason.DRAINING);
      return null;
    }
    UdpSession session = new UdpSession(this, socket, client, traffic());
    Failure failure = move(session);
    if (failure != null) {
      relays.observer().dropped(plan.name(), failure.reason());
      return null;
    }
    int most = Math.max(1, traffic().maxSessions() / relays.workers());
    while (sessions.size() >= most) {
      end(
          sessions.firstEntry().getValue(),
          Failure.local(Reason.SESSION_LIMIT, "longest unused of " + most));
    }
    sessions.put(client, session);
    relays.observer().opened(plan.name(), session.route());
    if (!expiry.armed()) {
      expiry.set(idleNanos());
    }
    return session;
  }

  /** Gives a session an endpoint, in its own cluster if that still serves; null if it has one. */
  private @Nullable Failure move(UdpSession session) {
    UdpPlan traffic = traffic();
    String name = session.cluster();
    if (!traffic.clusters().contains(name)) {
      name = traffic.clusters().at(relays.random().nextLong(traffic.clusters().total()));
    }
    ClusterState cluster = relays.clusters().find(name);
    if (cluster == null) {
      return Failure.local(Reason.NO_CLUSTER, name + " is not in the configuration");
    }
    EndpointState endpoint = cluster.pick(relays.deadlines().now());
    if (endpoint == null) {
      return Failure.upstream(
          Reason.NO_HEALTHY_UPSTREAM, Failure.Retry.NEVER, name + " has no endpoint");
    }
    return switch (endpoint.datagrams(session.newUpstream())) {
      case DatagramSocket.Open(Channel channel) -> {
        limit(channel, traffic.maxReplyBytes());
        session.joined(name, endpoint, channel, traffic);
        yield null;
      }
      case DatagramSocket.Refused(Failure failure) -> {
        endpoint.connectionOver(true);
        yield failure;
      }
    };
  }

  /** A datagram passed: the session is the last to be given up. */
  void used(UdpSession session) {
    sessions.get(session.client());
  }

  private void end(UdpSession session, @Nullable Failure failure) {
    sessions.remove(session.client());
    session.end(failure);
    relays.observer().completed(session);
    if (sessions.isEmpty()) {
      quiet.run();
    }
  }

  private void endAll(Channel socket) {
    List<UdpSession> all = new ArrayList<>();
    for (Map.Entry<Client, UdpSession> entry : sessions.entrySet()) {
      if (entry.getValue().listenSocket().equals(socket)) {
        all.add(entry.getValue());
      }
    }
    all.forEach(session -> end(session, null));
  }

  private void expire() {
    long now = relays.deadlines().now();
    long idle = idleNanos();
    while (!sessions.isEmpty()) {
      UdpSession oldest = sessions.firstEntry().getValue();
      long left = idle - (now - oldest.lastUsed());
      if (left > 0) {
        expiry.set(left);
        return;
      }
      end(oldest, null);
    }
    expiry.clear();
  }

  private long idleNanos() {
    long idle = traffic().idleNanos();
    return draining ? Math.min(idle, DRAIN_IDLE_NANOS) : idle;
  }

  private UdpPlan traffic() {
    return plan.traffic();
  }

  UdpRelays relays() {
    return relays;
  }
}
