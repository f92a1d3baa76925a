package dev.weir.proxy.plan;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the chain for a server name: exact, then the longest wildcard suffix, then the default
 * (Envoy: FilterChainMatch.server_names).
 *
 * @param exact by lower-case name
 * @param wildcard by suffix with its dot: {@code .example.com} for {@code *.example.com}
 * @param otherwise for all other names and for connections without one, or null: they are closed
 * @param secure whether connections begin with the ClientHello of TLS, whoever ends it; if not,
 *     {@code otherwise} serves them all
 */
public record ChainTable(
    Map<String, ChainPlan> exact,
    Map<String, ChainPlan> wildcard,
    @Nullable ChainPlan otherwise,
    boolean secure) {

  public ChainTable {
    exact = Map.copyOf(exact);
    wildcard = Map.copyOf(wildcard);
  }

  /** A table with one chain for everything, in plain text unless the chain ends TLS. */
  public static ChainTable of(ChainPlan chain) {
    return new ChainTable(Map.of(), Map.of(), chain, chain.tls() != null);
  }

  /** The chain for {@code serverName}, or null if there is none. */
  public @Nullable ChainPlan find(@Nullable String serverName) {
    if (serverName == null) {
      return otherwise;
    }
    String name = serverName.toLowerCase(Locale.ROOT);
    ChainPlan chain = exact.get(name);
    int dot = chain == null ? name.indexOf('.') : -1;
    while (dot >= 0) {
      chain = wildcard.get(name.substring(dot));
      if (chain != null) {
        return chain;
      }
      dot = name.indexOf('.', dot + 1);
    }
    return chain != null ? chain : otherwise;
  }
}
