package dev.weir.controlplane.translate;

import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.UInt64Value;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.StreamRule;
import dev.weir.controlplane.topology.WeightedBackend;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.core.v3.UdpSocketConfig;
import dev.weir.envoy.config.listener.v3.Filter;
import dev.weir.envoy.config.listener.v3.ListenerFilter;
import dev.weir.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import dev.weir.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster;
import dev.weir.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight;
import dev.weir.envoy.extensions.filters.udp.udp_proxy.v3.Route;
import dev.weir.envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig;
import dev.weir.xds.core.v3.TypedExtensionConfig;
import dev.weir.xds.type.matcher.v3.Matcher;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes the filters that pass on connections and datagrams as they come. */
final class ProxyFilterTranslator {
  /** For connections that cannot be made; Envoy's default is 1. */
  private static final int CONNECT_ATTEMPTS = 3;

  /** Datagrams of any length; Envoy's default is 1500 bytes. */
  static final UdpSocketConfig ANY_LENGTH =
      UdpSocketConfig.newBuilder().setMaxRxDatagramSize(UInt64Value.of(65_535)).build();

  private final ClusterNames clusters;

  ProxyFilterTranslator(ClusterNames clusters) {
    this.clusters = clusters;
  }

  /**
   * Where connections or datagrams go.
   *
   * @param name of the rule, in metrics too
   * @param weights by name of the cluster, those that never exist included; not empty
   */
  record Destinations(String name, Map<String, Integer> weights) {
    /** Whether some of them go somewhere. */
    boolean leadSomewhere() {
      return weights.size() > 1 || !weights.containsKey(ClusterNames.INVALID);
    }
  }

  /** What nobody serves goes nowhere. */
  static Destinations nowhere(String name) {
    return new Destinations(name, Map.of(ClusterNames.INVALID, 1));
  }

  /** As a rule says, or nowhere if there is none. */
  Destinations destinations(String otherwise, @Nullable StreamRule rule) {
    if (rule == null) {
      return nowhere(otherwise);
    }
    Map<String, Integer> weights = new TreeMap<>();
    for (WeightedBackend backend : rule.backends()) {
      if (backend.weight() > 0) {
        weights.merge(clusters.of(backend.backend()), backend.weight(), Integer::sum);
      }
    }
    return weights.isEmpty()
        ? nowhere(rule.ref().toString())
        : new Destinations(rule.ref().toString(), weights);
  }

  /** The same for TLS that is passed through: the backends' TLS is the clients' business. */
  Destinations destinationsThrough(String otherwise, @Nullable StreamRule rule) {
    return destinations(
        otherwise,
        rule == null
            ? null
            : new StreamRule(
                rule.ref(),
                rule.backends().stream()
                    .map(each ->
                        new WeightedBackend(
                            each.index(), plain(each.backend()), each.weight(), each.filters()))
                    .toList()));
  }

  private static ResolvedBackend plain(ResolvedBackend backend) {
    return switch (backend) {
      case ResolvedBackend.Service service ->
          new ResolvedBackend.Service(service.port(), service.protocol(), null, null);
      case ResolvedBackend.Static own ->
          new ResolvedBackend.Static(own.backend(), own.protocol(), null, null);
      case ResolvedBackend.Invalid invalid -> invalid;
    };
  }

  /** The network filter for connections. */
  static Filter tcp(Destinations to) {
    TcpProxy.Builder proxy =
        TcpProxy.newBuilder()
            .setStatPrefix(to.name())
            .setMaxConnectAttempts(UInt32Value.of(CONNECT_ATTEMPTS));
    if (to.weights().size() == 1) {
      proxy.setCluster(to.weights().keySet().iterator().next());
    } else {
      proxy.setWeightedClusters(weighted(to));
    }
    return Filter.newBuilder()
        .setName("envoy.filters.network.tcp_proxy")
        .setTypedConfig(Packing.packed(proxy.build()))
        .build();
  }

  /** The listener filter for datagrams. */
  static ListenerFilter udp(Destinations to) {
    Message action =
        to.weights().size() == 1
            ? Route.newBuilder().setCluster(to.weights().keySet().iterator().next()).build()
            : weighted(to);
    UdpProxyConfig proxy =
        UdpProxyConfig.newBuilder()
            .setStatPrefix(to.name())
            .setMatcher(
                Matcher.newBuilder()
                    .setOnNoMatch(
                        Matcher.OnMatch.newBuilder()
                            .setAction(
                                TypedExtensionConfig.newBuilder()
                                    .setName("route")
                                    .setTypedConfig(Packing.packed(action)))))
            .setUpstreamSocketConfig(ANY_LENGTH)
            .build();
    return ListenerFilter.newBuilder()
        .setName("envoy.filters.udp_listener.udp_proxy")
        .setTypedConfig(Packing.packed(proxy))
        .build();
  }

  private static WeightedCluster weighted(Destinations to) {
    WeightedCluster.Builder out = WeightedCluster.newBuilder();
    to.weights()
        .forEach((name, weight) ->
            out.addClusters(ClusterWeight.newBuilder().setName(name).setWeight(weight)));
    return out.build();
  }
}
