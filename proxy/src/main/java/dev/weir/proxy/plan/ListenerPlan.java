package dev.weir.proxy.plan;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * Listen addresses and what is behind them.
 *
 * @param name name of the Listener resource
 * @param addresses where to bind, at least one; the wildcard address for all
 * @param chains which chain serves a connection
 */
public record ListenerPlan(String name, List<InetSocketAddress> addresses, ChainTable chains) {
  public ListenerPlan {
    addresses = List.copyOf(addresses);
  }
}
