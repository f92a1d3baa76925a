package dev.weir.proxy.server;

import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ListenerPlan;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A listener on one worker: its sockets, its connections, and the plan that new requests meet.
 * Survives changes of the plan. On the worker's loop only.
 */
final class ListenerState {
  private ListenerPlan plan;
  private final Map<InetSocketAddress, Channel> sockets = new HashMap<>();
  private final Set<DownstreamChannel> connections =
      Collections.newSetFromMap(new IdentityHashMap<>());

  ListenerState(ListenerPlan plan) {
    this.plan = plan;
  }

  ListenerPlan plan() {
    return plan;
  }

  @SuppressWarnings("ReferenceEquality") // what did not change is the same object
  void plan(ListenerPlan next) {
    if (next != plan) {
      plan = next;
      copy().forEach(connection -> connection.planChanged(next));
    }
  }

  Map<InetSocketAddress, Channel> sockets() {
    return sockets;
  }

  int connections() {
    return connections.size();
  }

  /** Takes in an accepted connection. */
  void accept(Channel channel, Worker worker) {
    DownstreamChannel connection = new DownstreamChannel(channel, worker);
    ChainPlan plain = plan.chains().otherwise();
    if (plan.chains().secure()) {
      channel.pipeline().addLast(new TlsStart(this, connection));
    } else if (plain != null) {
      connection.plain(plain);
      channel.pipeline().addLast(new PlainStart(connection));
    } else {
      channel.close();
      return;
    }
    connections.add(connection);
    channel.closeFuture().addListener(closed -> connections.remove(connection));
  }

  /** Accepts no more. */
  void closeSockets() {
    sockets.values().forEach(Channel::close);
    sockets.clear();
  }

  /** Lets connections end when nothing runs on them. */
  void drainConnections() {
    // A copy: idle connections close at once and leave the set.
    for (DownstreamChannel connection : copy()) {
      connection.drain();
    }
  }

  void closeConnections() {
    for (DownstreamChannel connection : copy()) {
      connection.close();
    }
  }

  private List<DownstreamChannel> copy() {
    return new ArrayList<>(connections);
  }
}
