package dev.weir.proxy.plan;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * A listener for QUIC connections, which carry HTTP/3.
 *
 * @param chains which chain serves a connection; all of them end TLS and carry HTTP
 */
public record QuicListenerPlan(String name, List<InetSocketAddress> addresses, ChainTable chains)
    implements ListenerPlan {
  public QuicListenerPlan {
    addresses = List.copyOf(addresses);
  }

  @Override
  public QuicListenerPlan at(List<InetSocketAddress> others) {
    return new QuicListenerPlan(name, others, chains);
  }
}
