package dev.weir.proxy.compile;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A listener, with the resources that it needs by name. */
record ListenerSpec(String name, List<InetSocketAddress> addresses, List<Chain> chains) {
  ListenerSpec {
    addresses = List.copyOf(addresses);
    chains = List.copyOf(chains);
  }

  /**
   * A filter chain.
   *
   * @param serverNames in lower case: {@code example.com}, {@code *.example.com}; empty for the
   *     default chain
   * @param tls null for plain text
   */
  record Chain(
      String name, List<String> serverNames, TlsSpec.@Nullable Server tls, HttpSpec http) {}
}
