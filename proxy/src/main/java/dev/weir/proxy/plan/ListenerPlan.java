package dev.weir.proxy.plan;

import java.net.InetSocketAddress;
import java.util.List;

/** Listen addresses and what is behind them. */
public sealed interface ListenerPlan permits TcpListenerPlan, QuicListenerPlan, UdpListenerPlan {
  /** Name of the Listener resource. */
  String name();

  /** Where to bind, at least one unless all are refused; the wildcard address for all. */
  List<InetSocketAddress> addresses();

  /** The same on other addresses. */
  ListenerPlan at(List<InetSocketAddress> others);
}
