package dev.weir.proxy.server;

import dev.weir.proxy.plan.ListenerPlan;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.InetSocketAddress;
import java.util.Map;

/**
 * A listener on one worker: its sockets, what it serves on them, and the plan that new traffic
 * meets. Survives changes of the plan. On the worker's loop only.
 */
sealed interface ListenerState permits TcpListenerState, QuicListenerState, UdpListenerState {
  ListenerPlan plan();

  /** Goes on with another plan; false if that is for another kind of listener. */
  boolean take(ListenerPlan next);

  /** Opens a socket, or goes on with one that is open. */
  ChannelFuture bind(InetSocketAddress address);

  /** The open sockets, for the worker to keep. */
  Map<InetSocketAddress, Channel> sockets();

  /** The plan has an address no more: takes in nothing new there. */
  void leave(InetSocketAddress address);

  /** Connections and sessions that live. */
  int connections();

  /** Takes in nothing new, and lets what lives end by itself. */
  void drain();

  /** Ends everything. */
  void close();
}
