package dev.weir.controlplane.serve;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import com.google.re2j.Pattern;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.cluster.v3.Cluster.DiscoveryType;
import dev.weir.envoy.config.cluster.v3.Cluster.EdsClusterConfig;
import dev.weir.envoy.config.core.v3.AggregatedConfigSource;
import dev.weir.envoy.config.core.v3.ApiVersion;
import dev.weir.envoy.config.core.v3.ConfigSource;
import dev.weir.envoy.config.core.v3.SocketAddress.Protocol;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.endpoint.v3.LbEndpoint;
import dev.weir.envoy.config.endpoint.v3.LocalityLbEndpoints;
import dev.weir.envoy.config.listener.v3.ApiListener;
import dev.weir.envoy.config.listener.v3.Filter;
import dev.weir.envoy.config.listener.v3.FilterChain;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.HeaderMatcher;
import dev.weir.envoy.config.route.v3.Route;
import dev.weir.envoy.config.route.v3.RouteAction;
import dev.weir.envoy.config.route.v3.RouteAction.MaxStreamDuration;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.config.route.v3.RouteMatch;
import dev.weir.envoy.config.route.v3.VirtualHost;
import dev.weir.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import dev.weir.envoy.extensions.filters.http.router.v3.Router;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import dev.weir.envoy.type.matcher.v3.RegexMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot for clients of gRPC, which read routes and endpoints themselves and call backends
 * without a proxy between. They ask for a listener by the name of a service and perhaps a port
 * ({@code greeter.example.com:8080}) and refuse whole resources for what they do not know. So they
 * get what they can read; what they cannot do fails, and nothing that is meant to be encrypted goes
 * out in the clear:
 *
 * <ul>
 *   <li>routes that no gRPC call matches (by method, or query parameters) are left out;
 *   <li>routes that do not forward lead to a cluster without endpoints;
 *   <li>clusters that need TLS or DNS have no endpoints, as has the one that stands for backends
 *       which are not valid: for what does not exist these clients wait 15 seconds;
 *   <li>filters, retries, mirrors and rewrites are left out.
 * </ul>
 *
 * Any thread.
 */
final class GrpcClientResources {
  private static final ConfigSource ADS =
      ConfigSource.newBuilder()
          .setAds(AggregatedConfigSource.getDefaultInstance())
          .setResourceApiVersion(ApiVersion.V3)
          .build();

  private static final HttpFilter ROUTER =
      HttpFilter.newBuilder()
          .setName("envoy.filters.http.router")
          .setTypedConfig(Any.pack(Router.getDefaultInstance()))
          .build();

  /** To proxies there is never a cluster of that name. */
  private static final String INVALID = "invalid-backend";

  private static final RouteAction NOWHERE = RouteAction.newBuilder().setCluster(INVALID).build();

  private static final Resource<ClusterLoadAssignment> NOBODY =
      new Resource<>(
          INVALID, "none", ClusterLoadAssignment.newBuilder().setClusterName(INVALID).build());

  /** What Weir writes for hosts that another listener of a port serves. */
  private static final String MISDIRECTED = "misdirected";

  /** Tells the version of what is left from that of the whole. */
  private static final String READABLE = "+grpc";

  private final XdsSnapshot snapshot;
  private final List<Served> served;
  private final Map<String, SortedSet<Integer>> ports = new HashMap<>();
  private final Map<String, Resource<RouteConfiguration>> routes = new ConcurrentHashMap<>();

  GrpcClientResources(XdsSnapshot snapshot) {
    this.snapshot = snapshot;
    List<Served> found = new ArrayList<>();
    for (Resource<Listener> listener : snapshot.listeners().values()) {
      if (listener.message().getAddress().getSocketAddress().getProtocol() == Protocol.TCP) {
        int port = listener.message().getAddress().getSocketAddress().getPortValue();
        for (FilterChain chain : listener.message().getFilterChainsList()) {
          for (String name : routes(chain)) {
            found.add(new Served(port, chain.hasTransportSocket(), name));
            ports.computeIfAbsent(name, key -> new TreeSet<>()).add(port);
          }
        }
      }
    }
    found.sort(
        Comparator.comparing(Served::tls)
            .thenComparingInt(Served::port)
            .thenComparing(Served::routes));
    this.served = List.copyOf(found);
  }

  /**
   * A RouteConfiguration on a port.
   *
   * @param routes its name
   */
  private record Served(int port, boolean tls, String routes) {}

  private static List<String> routes(FilterChain chain) {
    List<String> names = new ArrayList<>();
    for (Filter filter : chain.getFiltersList()) {
      if (filter.getTypedConfig().is(HttpConnectionManager.class)) {
        names.add(
            unpacked(filter.getTypedConfig(), HttpConnectionManager.class)
                .getRds()
                .getRouteConfigName());
      }
    }
    return names;
  }

  private static <M extends Message> M unpacked(Any any, Class<M> type) {
    try {
      return any.unpack(type);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the translator packed it", e);
    }
  }

  /** The resource of that name, or null. */
  @Nullable Resource<?> one(ResourceType type, String name) {
    return switch (type) {
      case LISTENER -> listener(name);
      case ROUTE_CONFIGURATION -> {
        Resource<RouteConfiguration> whole = snapshot.routes().get(name);
        yield whole == null
            ? null
            : routes.computeIfAbsent(name, key -> routes(whole, portsOf(key)));
      }
      case CLUSTER -> {
        Resource<Cluster> whole = snapshot.clusters().get(name);
        if (whole == null) {
          yield name.equals(INVALID) ? withoutEndpoints(name, "none") : null;
        }
        yield isReadable(whole.message())
            ? cluster(whole)
            : withoutEndpoints(name, whole.version() + READABLE);
      }
      case CLUSTER_LOAD_ASSIGNMENT -> {
        Resource<ClusterLoadAssignment> whole = snapshot.endpoints().get(name);
        if (whole == null) {
          yield name.equals(INVALID) ? NOBODY : null;
        }
        yield endpoints(whole);
      }
      case SECRET -> null;
    };
  }

  private SortedSet<Integer> portsOf(String routes) {
    return ports.getOrDefault(routes, new TreeSet<>());
  }

  // --- listeners ---------------------------------------------------------------------------------

  private @Nullable Resource<Listener> listener(String name) {
    int colon = name.lastIndexOf(':');
    String host = (colon < 0 ? name : name.substring(0, colon)).toLowerCase(Locale.ROOT);
    Integer port = colon < 0 ? null : number(name.substring(colon + 1));
    if (host.isEmpty() || (colon >= 0 && port == null)) {
      return null;
    }
    Served best = null;
    int bestRank = -1;
    for (Served each : served) {
      if (port == null || port == each.port) {
        int rank = rank(each.routes, host);
        if (rank > bestRank) {
          best = each;
          bestRank = rank;
        }
      }
    }
    return best == null ? null : new Resource<>(name, best.routes, listener(name, best.routes));
  }

  private static @Nullable Integer number(String digits) {
    try {
      return Integer.valueOf(digits);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** How well a host is served: the length of the domain, one more if it is exact; -1 for not. */
  private int rank(String routes, String host) {
    int best = -1;
    Resource<RouteConfiguration> configuration = snapshot.routes().get(routes);
    if (configuration != null) {
      for (VirtualHost each : configuration.message().getVirtualHostsList()) {
        if (!each.getName().equals(MISDIRECTED)) {
          for (String domain : each.getDomainsList()) {
            if (domain.equals(host)) {
              best = Math.max(best, domain.length() + 1);
            } else if (domain.startsWith("*") && host.endsWith(domain.substring(1))) {
              best = Math.max(best, domain.length() - 1);
            }
          }
        }
      }
    }
    return best;
  }

  private static Listener listener(String name, String routes) {
    return Listener.newBuilder()
        .setName(name)
        .setApiListener(
            ApiListener.newBuilder()
                .setApiListener(
                    Any.pack(
                        HttpConnectionManager.newBuilder()
                            .setStatPrefix(name)
                            .setRds(
                                Rds.newBuilder().setRouteConfigName(routes).setConfigSource(ADS))
                            .addHttpFilters(ROUTER)
                            .build())))
        .build();
  }

  // --- routes ------------------------------------------------------------------------------------

  /** These clients compare the name with its port: domains with the ports are added. */
  private static Resource<RouteConfiguration> routes(
      Resource<RouteConfiguration> whole, SortedSet<Integer> ports) {
    RouteConfiguration.Builder out = RouteConfiguration.newBuilder().setName(whole.name());
    for (VirtualHost host : whole.message().getVirtualHostsList()) {
      VirtualHost.Builder readable = out.addVirtualHostsBuilder().setName(host.getName());
      for (String domain : host.getDomainsList()) {
        readable.addDomains(domain);
        if (!domain.equals("*")) {
          ports.forEach(port -> readable.addDomains(domain + ":" + port));
        }
      }
      for (Route route : host.getRoutesList()) {
        RouteMatch match = match(route.getMatch());
        if (match != null) {
          readable
              .addRoutesBuilder()
              .setName(route.getName())
              .setMatch(match)
              .setRoute(route.hasRoute() ? action(route.getRoute()) : NOWHERE);
        }
      }
      if (readable.getRoutesCount() == 0) {
        // Without a cluster anywhere gRPC for Java calls the configuration broken.
        readable
            .addRoutesBuilder()
            .setMatch(RouteMatch.newBuilder().setPrefix("/"))
            .setRoute(NOWHERE);
      }
    }
    return new Resource<>(whole.name(), whole.version() + READABLE + ports, out.build());
  }

  /** Null if no gRPC call matches. */
  private static @Nullable RouteMatch match(RouteMatch match) {
    if (match.getQueryParametersCount() > 0) {
      return null;
    }
    RouteMatch.Builder out = match.toBuilder().clearHeaders();
    if (match.hasPathSeparatedPrefix()) {
      out.setSafeRegex(
          RegexMatcher.newBuilder()
              .setRegex(Pattern.quote(match.getPathSeparatedPrefix()) + "(/.*)?"));
    }
    for (HeaderMatcher header : match.getHeadersList()) {
      if (!header.getName().startsWith(":")) {
        out.addHeaders(header);
      } else if (!header.getName().equals(":method")
          || !header.getStringMatch().getExact().equals("POST")) {
        return null;
      }
    }
    return out.build();
  }

  private static RouteAction action(RouteAction action) {
    RouteAction.Builder out = RouteAction.newBuilder();
    if (action.hasWeightedClusters()) {
      for (ClusterWeight cluster : action.getWeightedClusters().getClustersList()) {
        out.getWeightedClustersBuilder()
            .addClustersBuilder()
            .setName(cluster.getName())
            .setWeight(cluster.getWeight());
      }
    } else {
      out.setCluster(action.getCluster());
    }
    if (action.getTimeout().getSeconds() > 0 || action.getTimeout().getNanos() > 0) {
      out.setMaxStreamDuration(
          MaxStreamDuration.newBuilder().setMaxStreamDuration(action.getTimeout()));
    }
    return out.build();
  }

  // --- clusters and endpoints --------------------------------------------------------------------

  private static boolean isReadable(Cluster cluster) {
    return !cluster.hasTransportSocket() && cluster.getType() == DiscoveryType.EDS;
  }

  private static Resource<Cluster> cluster(Resource<Cluster> whole) {
    return new Resource<>(
        whole.name(),
        whole.version() + READABLE,
        Cluster.newBuilder()
            .setName(whole.name())
            .setType(DiscoveryType.EDS)
            .setEdsClusterConfig(whole.message().getEdsClusterConfig())
            .build());
  }

  private static Resource<Cluster> withoutEndpoints(String name, String version) {
    return new Resource<>(
        name,
        version,
        Cluster.newBuilder()
            .setName(name)
            .setType(DiscoveryType.EDS)
            .setEdsClusterConfig(
                EdsClusterConfig.newBuilder().setEdsConfig(ADS).setServiceName(INVALID))
            .build());
  }

  /** A locality without a weight would get nothing: each gets the share of its endpoints. */
  private static Resource<ClusterLoadAssignment> endpoints(Resource<ClusterLoadAssignment> whole) {
    ClusterLoadAssignment.Builder out =
        ClusterLoadAssignment.newBuilder().setClusterName(whole.message().getClusterName());
    for (LocalityLbEndpoints group : whole.message().getEndpointsList()) {
      LocalityLbEndpoints.Builder readable =
          LocalityLbEndpoints.newBuilder()
              .setLocality(group.getLocality())
              .setPriority(group.getPriority());
      long weight = 0;
      for (LbEndpoint endpoint : group.getLbEndpointsList()) {
        if (endpoint.getEndpoint().getAddress().hasSocketAddress()) {
          readable.addLbEndpoints(endpoint);
          weight +=
              endpoint.hasLoadBalancingWeight()
                  ? Integer.toUnsignedLong(endpoint.getLoadBalancingWeight().getValue())
                  : 1;
        }
      }
      if (weight > 0) {
        out.addEndpoints(
            readable.setLoadBalancingWeight(
                UInt32Value.of((int) Math.min(weight, Integer.MAX_VALUE))));
      }
    }
    return new Resource<>(whole.name(), whole.version() + READABLE, out.build());
  }
}
