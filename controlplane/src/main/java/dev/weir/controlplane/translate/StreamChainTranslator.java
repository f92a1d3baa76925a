package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.AttachedListener.HostStreams;
import dev.weir.controlplane.topology.AttachedListener.StreamListener;
import dev.weir.controlplane.topology.AttachedListener.TlsListener;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.ListenerRef;
import dev.weir.controlplane.topology.StreamRule;
import dev.weir.controlplane.translate.ProxyFilterTranslator.Destinations;
import dev.weir.envoy.config.listener.v3.FilterChain;
import dev.weir.envoy.config.listener.v3.ListenerFilter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes listeners that pass on what they get, as filter chains or as a listener filter. */
final class StreamChainTranslator {
  /** Stands for a rule where there is none. */
  private static final String CLOSED = "closed";

  private final ProxyFilterTranslator filters;
  private final DownstreamTlsTranslator tls;

  StreamChainTranslator(ProxyFilterTranslator filters, DownstreamTlsTranslator tls) {
    this.filters = filters;
    this.tls = tls;
  }

  /** The filter chain of a listener for TCP. */
  FilterChain translate(StreamListener listener) {
    Destinations to = filters.destinations(closed(listener.ref()), listener.rule());
    return chain(listener.ref(), to).addFilters(ProxyFilterTranslator.tcp(to)).build();
  }

  /** The listener filter of a listener for UDP. */
  ListenerFilter datagrams(StreamListener listener) {
    return ProxyFilterTranslator.udp(filters.destinations(closed(listener.ref()), listener.rule()));
  }

  /**
   * The filter chains of a listener for TLS: one for each rule, with all names that it serves, and
   * one that closes connections for names of the listener that no rule serves. TLS is ended only
   * where it leads somewhere: others are to see the connection close, not a certificate.
   */
  List<FilterChain> translate(TlsListener listener) {
    Map<Optional<StreamRule>, List<Hostname>> byRule = new LinkedHashMap<>();
    for (HostStreams host : listener.hosts()) {
      byRule
          .computeIfAbsent(Optional.ofNullable(host.rule()), rule -> new ArrayList<>())
          .add(host.hostname());
    }
    List<FilterChain> chains = new ArrayList<>();
    byRule.forEach((rule, hostnames) -> {
      String closed = closed(listener.ref());
      Destinations to =
          listener.tls() == null
              ? filters.destinationsThrough(closed, rule.orElse(null))
              : filters.destinations(closed, rule.orElse(null));
      List<Hostname> names = hostnames.stream().filter(name -> !name.equals(Hostname.ANY)).toList();
      if (!names.isEmpty()) {
        FilterChain.Builder chain = secure(listener, to);
        names.forEach(name -> chain.getFilterChainMatchBuilder().addServerNames(name.text()));
        chains.add(chain.build());
      }
      if (names.size() < hostnames.size()) {
        FilterChain.Builder chain = secure(listener, to);
        chains.add(chain.setName(chain.getName() + "/*").build());
      }
    });
    return chains;
  }

  private FilterChain.Builder secure(TlsListener listener, Destinations to) {
    FilterChain.Builder chain = chain(listener.ref(), to);
    chain.getFilterChainMatchBuilder().setTransportProtocol("tls");
    if (listener.tls() != null && to.leadSomewhere()) {
      chain.setTransportSocket(tls.translate(listener.ref(), listener.tls(), List.of()));
    }
    return chain.addFilters(ProxyFilterTranslator.tcp(to));
  }

  private static FilterChain.Builder chain(ListenerRef listener, Destinations to) {
    return FilterChain.newBuilder()
        .setName(to.name().equals(closed(listener)) ? to.name() : listener + "/" + to.name());
  }

  private static String closed(ListenerRef listener) {
    return listener + "/" + CLOSED;
  }
}
