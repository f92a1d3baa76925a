package dev.weir.proxy.plan;

import java.util.List;

/**
 * Whom to believe about the client's address: which of the proxies in front of the gateway are
 * trusted to have appended to {@code X-Forwarded-For}. {@code docs/http.md}, "The client's address
 * and forwarding fields", has the rules.
 */
public sealed interface TrustedProxies {
  /** Nobody: the peer is the client, and what it says about others is replaced. */
  TrustedProxies NONE = new Hops(0);

  /**
   * A number of proxies, each of which appends the address of its peer: with 1, the last entry is
   * the client.
   */
  record Hops(int count) implements TrustedProxies {}

  /** Proxies with these addresses. The client is the last one in the chain that is none of them. */
  record Ranges(List<AddressRange> ranges) implements TrustedProxies {
    public Ranges {
      ranges = List.copyOf(ranges);
    }
  }
}
