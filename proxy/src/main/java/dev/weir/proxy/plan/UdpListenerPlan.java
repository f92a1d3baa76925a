package dev.weir.proxy.plan;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * A listener for datagrams.
 *
 * @param traffic what happens to them
 */
public record UdpListenerPlan(String name, List<InetSocketAddress> addresses, UdpPlan traffic)
    implements ListenerPlan {
  public UdpListenerPlan {
    addresses = List.copyOf(addresses);
  }

  @Override
  public UdpListenerPlan at(List<InetSocketAddress> others) {
    return new UdpListenerPlan(name, others, traffic);
  }
}
