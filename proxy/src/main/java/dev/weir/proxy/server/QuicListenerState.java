package dev.weir.proxy.server;

import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.QuicListenerPlan;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.quic.QuicChannel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A listener for QUIC on one worker, with the connections that it has accepted. Its sockets carry
 * these as well, and outlive it for as long as they do.
 */
final class QuicListenerState implements ListenerState {
  private final Worker worker;
  private QuicListenerPlan plan;
  private final Map<InetSocketAddress, Channel> sockets = new HashMap<>();
  private final Set<DownstreamChannel> connections =
      Collections.newSetFromMap(new IdentityHashMap<>());

  QuicListenerState(QuicListenerPlan plan, Worker worker) {
    this.plan = plan;
    this.worker = worker;
  }

  @Override
  public QuicListenerPlan plan() {
    return plan;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // what did not change is the same object
  public boolean take(ListenerPlan next) {
    if (!(next instanceof QuicListenerPlan quic)) {
      return false;
    }
    if (quic != plan) {
      plan = quic;
      copy().forEach(connection -> connection.planChanged(quic.chains()));
    }
    return true;
  }

  @Override
  public ChannelFuture bind(InetSocketAddress address) {
    return worker.quic().bind(address, this);
  }

  /**
   * Takes in a connection, whose handshake has just begun.
   *
   * @param handshakeOver is run when that is over
   */
  DownstreamChannel accept(QuicChannel channel, Runnable handshakeOver) {
    DownstreamChannel connection =
        new DownstreamChannel(channel, worker, plan.name(), channel.remoteSocketAddress());
    connections.add(connection);
    channel.closeFuture().addListener(closed -> connections.remove(connection));
    channel.pipeline().addLast(new QuicStart(this, connection, channel, handshakeOver));
    return connection;
  }

  @Override
  public Map<InetSocketAddress, Channel> sockets() {
    return sockets;
  }

  /** Connections on the socket end when nothing runs on them, and the socket then. */
  @Override
  public void leave(InetSocketAddress address) {
    sockets.remove(address);
    QuicSocket socket = worker.quic().at(address);
    if (socket != null) {
      socket.retire();
    }
  }

  @Override
  public int connections() {
    return connections.size();
  }

  @Override
  public void drain() {
    List.copyOf(sockets.keySet()).forEach(this::leave);
    copy().forEach(DownstreamChannel::drain);
  }

  @Override
  public void close() {
    drain();
    copy().forEach(DownstreamChannel::close);
  }

  private List<DownstreamChannel> copy() {
    return new ArrayList<>(connections);
  }
}
