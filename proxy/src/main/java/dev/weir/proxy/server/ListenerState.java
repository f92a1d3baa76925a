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
import org.jspecify.annotations.Nullable;

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

  void plan(ListenerPlan next) {
    plan = next;
  }

  Map<InetSocketAddress, Channel> sockets() {
    return sockets;
  }

  int connections() {
    return connections.size();
  }

  /** Takes in an accepted connection. */
  void accept(Channel channel, Worker worker) {
    ChainPlan chain = anyChain();
    if (chain == null) {
      channel.close();
      return;
    }
    DownstreamChannel connection = new DownstreamChannel(channel, worker, this, chain);
    connections.add(connection);
    channel.closeFuture().addListener(closed -> connections.remove(connection));
    if (plan.chains().secure()) {
      channel.pipeline().addLast(new TlsStart(this, connection));
    } else {
      channel.pipeline().addLast(new PlainStart(connection));
    }
  }

  /** The default chain, or any: what counts for a TLS connection is found by its server name. */
  private @Nullable ChainPlan anyChain() {
    ChainPlan otherwise = plan.chains().otherwise();
    if (otherwise != null) {
      return otherwise;
    }
    for (ChainPlan chain : plan.chains().exact().values()) {
      return chain;
    }
    for (ChainPlan chain : plan.chains().wildcard().values()) {
      return chain;
    }
    return null;
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
