package dev.weir.proxy.plan;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * A listener for TCP connections.
 *
 * @param chains which chain serves a connection
 */
public record TcpListenerPlan(String name, List<InetSocketAddress> addresses, ChainTable chains)
    implements ListenerPlan {
  public TcpListenerPlan {
    addresses = List.copyOf(addresses);
  }

  @Override
  public TcpListenerPlan at(List<InetSocketAddress> others) {
    return new TcpListenerPlan(name, others, chains);
  }
}
