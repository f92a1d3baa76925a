package dev.weir.proxy.compile;

import com.google.protobuf.Message;
import com.google.protobuf.UInt64Value;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.envoy.config.core.v3.UdpSocketConfig;
import dev.weir.envoy.config.listener.v3.UdpListenerConfig;
import dev.weir.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import dev.weir.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster;
import dev.weir.envoy.extensions.filters.udp.udp_proxy.v3.Route;
import dev.weir.envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig;
import dev.weir.proxy.plan.TcpPlan;
import dev.weir.proxy.plan.UdpPlan;
import dev.weir.proxy.plan.WeightedClusters;
import dev.weir.proxy.plan.WeightedClusters.Share;
import dev.weir.xds.type.matcher.v3.Matcher;
import java.util.ArrayList;
import java.util.List;

/** Compiles the filters that pass on connections and datagrams as they are. */
final class ProxyFilterCompiler {
  private static final long SECOND = 1_000_000_000L;
  private static final long TCP_IDLE_NANOS = 3600 * SECOND;
  private static final long UDP_IDLE_NANOS = 60 * SECOND;

  /** Envoy's default. */
  private static final int DATAGRAM_BYTES = 1500;

  private static final int LARGEST_DATAGRAM = 65535;

  private final KnownTypes types;

  ProxyFilterCompiler(KnownTypes types) {
    this.types = types;
  }

  TcpPlan tcp(TcpProxy message, FieldPath at) throws InvalidConfig {
    WeightedClusters clusters =
        switch (message.getClusterSpecifierCase()) {
          case CLUSTER -> cluster(message.getCluster(), at.field("cluster"));
          case WEIGHTED_CLUSTERS ->
              weighted(message.getWeightedClusters(), at.field("weighted_clusters"));
          case CLUSTERSPECIFIER_NOT_SET -> throw at.invalid("needs cluster or weighted_clusters");
        };
    FieldPath attemptsAt = at.field("max_connect_attempts");
    int attempts = message.hasMaxConnectAttempts() ? message.getMaxConnectAttempts().getValue() : 1;
    if (attempts < 1) {
      throw attemptsAt.invalid("has to be at least 1 and below 2^31");
    }
    long idle =
        message.hasIdleTimeout()
            ? Durations.nanos(message.getIdleTimeout(), at.field("idle_timeout"))
            : TCP_IDLE_NANOS;
    return new TcpPlan(message.getStatPrefix(), clusters, idle, attempts);
  }

  UdpPlan udp(
      UdpProxyConfig message, FieldPath at, UdpListenerConfig listener, FieldPath listenerAt)
      throws InvalidConfig {
    long idle =
        message.hasIdleTimeout()
            ? Durations.nanos(message.getIdleTimeout(), at.field("idle_timeout"))
            : UDP_IDLE_NANOS;
    if (idle == 0) {
      throw at.field("idle_timeout").invalid("has to be greater than 0");
    }
    return new UdpPlan(
        message.getStatPrefix(),
        route(message.getMatcher(), at.field("matcher")),
        idle,
        size(listener.getDownstreamSocketConfig(), listenerAt.field("downstream_socket_config")),
        size(message.getUpstreamSocketConfig(), at.field("upstream_socket_config")),
        UdpPlan.DEFAULT_SESSIONS);
  }

  private WeightedClusters route(Matcher matcher, FieldPath at) throws InvalidConfig {
    FieldPath config = at.field("on_no_match").field("action").field("typed_config");
    Message action = types.unpack(matcher.getOnNoMatch().getAction().getTypedConfig(), config);
    return switch (action) {
      case Route route -> cluster(route.getCluster(), config.field("cluster"));
      case WeightedCluster weighted -> weighted(weighted, config);
      default ->
          throw config.invalid(
              "only a Route of the UDP proxy or a WeightedCluster of the TCP proxy is possible"
                  + " here");
    };
  }

  private static WeightedClusters cluster(String name, FieldPath at) throws InvalidConfig {
    if (name.isEmpty()) {
      throw at.invalid("must not be empty");
    }
    return WeightedClusters.of(name);
  }

  private static WeightedClusters weighted(WeightedCluster message, FieldPath at)
      throws InvalidConfig {
    List<Share> shares = new ArrayList<>();
    FieldPath clusters = at.field("clusters");
    for (int i = 0; i < message.getClustersCount(); i++) {
      String name = message.getClusters(i).getName();
      long weight = Integer.toUnsignedLong(message.getClusters(i).getWeight());
      if (name.isEmpty()) {
        throw clusters.at(i).field("name").invalid("must not be empty");
      }
      if (weight == 0) {
        throw clusters.at(i).field("weight").invalid("has to be at least 1");
      }
      shares.add(new Share(name, weight));
    }
    if (shares.isEmpty()) {
      throw clusters.invalid("must not be empty");
    }
    return new WeightedClusters(shares);
  }

  private static int size(UdpSocketConfig config, FieldPath at) throws InvalidConfig {
    if (!config.hasMaxRxDatagramSize()) {
      return DATAGRAM_BYTES;
    }
    UInt64Value size = config.getMaxRxDatagramSize();
    if (size.getValue() < 1 || size.getValue() > LARGEST_DATAGRAM) {
      throw at.field("max_rx_datagram_size").invalid("has to be between 1 and 65535");
    }
    return (int) size.getValue();
  }
}
