package dev.weir.proxy.compile;

import dev.weir.proxy.plan.UdpListenerPlan;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A listener, with the resources that it needs by name. */
sealed interface ListenerSpec {
  /**
   * A listener for TCP connections.
   *
   * @param secure whether connections begin with a ClientHello
   */
  record Tcp(String name, List<InetSocketAddress> addresses, List<Chain> chains, boolean secure)
      implements ListenerSpec {
    public Tcp {
      addresses = List.copyOf(addresses);
      chains = List.copyOf(chains);
    }
  }

  /** A listener for QUIC connections: each chain ends TLS and carries HTTP. */
  record Quic(String name, List<InetSocketAddress> addresses, List<Chain> chains)
      implements ListenerSpec {
    public Quic {
      addresses = List.copyOf(addresses);
      chains = List.copyOf(chains);
    }
  }

  /** A listener for datagrams, which needs no other resource. */
  record Udp(UdpListenerPlan plan) implements ListenerSpec {}

  /**
   * A filter chain.
   *
   * @param serverNames in lower case: {@code example.com}, {@code *.example.com}; empty for the
   *     default chain
   * @param tls null where TLS is not ended: for plain text, and where it is passed through
   */
  record Chain(
      String name, List<String> serverNames, TlsSpec.@Nullable Server tls, TrafficSpec traffic) {}
}
