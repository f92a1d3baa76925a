package dev.weir.proxy.plan;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * Listen addresses and what is behind them.
 *
 * @param name name of the Listener resource
 * @param transport what carries the connections
 * @param addresses where to bind, at least one; the wildcard address for all
 * @param chains which chain serves a connection
 */
public record ListenerPlan(
    String name, Transport transport, List<InetSocketAddress> addresses, ChainTable chains) {
  /** What carries connections. */
  public enum Transport {
    TCP,
    /** Over UDP; all that it carries is HTTP/3. */
    QUIC
  }

  public ListenerPlan {
    addresses = List.copyOf(addresses);
  }

  /** A listener for TCP. */
  public ListenerPlan(String name, List<InetSocketAddress> addresses, ChainTable chains) {
    this(name, Transport.TCP, addresses, chains);
  }

  /** The same on other addresses. */
  public ListenerPlan at(List<InetSocketAddress> others) {
    return new ListenerPlan(name, transport, others, chains);
  }
}
