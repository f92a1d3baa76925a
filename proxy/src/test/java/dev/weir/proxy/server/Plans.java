package dev.weir.proxy.server;

import dev.weir.core.failure.Reason;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.proxy.plan.Action;
import dev.weir.proxy.plan.Action.Change;
import dev.weir.proxy.plan.Action.Forward;
import dev.weir.proxy.plan.Action.Mirror;
import dev.weir.proxy.plan.Action.Timeouts;
import dev.weir.proxy.plan.Action.WeightedBackend;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ChainTable;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.ClusterPlan.Balancing;
import dev.weir.proxy.plan.ClusterPlan.EndpointPlan;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.ClusterPlan.UpstreamProtocol;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.HttpPlan;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.plan.RetryPolicy;
import dev.weir.proxy.plan.RoutePlan;
import dev.weir.proxy.plan.Router;
import dev.weir.proxy.plan.TcpListenerPlan;
import dev.weir.proxy.plan.TcpPlan;
import dev.weir.proxy.plan.WeightedClusters;
import dev.weir.proxy.plan.WeightedClusters.Share;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Small plans by hand. */
final class Plans {
  static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final CompiledFilter[] NO_FILTERS = {};

  private Plans() {}

  /** One listener on {@code address} that sends all requests by {@code route}. */
  static Plan of(InetSocketAddress address, RoutePlan route, ClusterPlan... clusters) {
    return of(listener("test", address, route, HttpOptions.DEFAULTS), clusters);
  }

  static Plan of(ListenerPlan listener, ClusterPlan... clusters) {
    return new Plan(Map.of(listener.name(), listener), byName(clusters));
  }

  static Plan of(List<ListenerPlan> listeners, ClusterPlan... clusters) {
    return new Plan(
        listeners.stream()
            .collect(java.util.stream.Collectors.toMap(ListenerPlan::name, each -> each)),
        byName(clusters));
  }

  private static Map<String, ClusterPlan> byName(ClusterPlan... clusters) {
    return Arrays.stream(clusters)
        .collect(java.util.stream.Collectors.toMap(ClusterPlan::name, each -> each));
  }

  static ListenerPlan listener(
      String name, InetSocketAddress address, RoutePlan route, HttpOptions options) {
    Router router = request -> route;
    HttpPlan http = new HttpPlan(name, router, options);
    return new TcpListenerPlan(
        name, List.of(address), ChainTable.of(new ChainPlan(name, null, http)));
  }

  /** One TCP listener that passes connections on to these clusters, in equal shares. */
  static Plan tcp(InetSocketAddress address, List<String> to, ClusterPlan... clusters) {
    return of(tcpListener("test", address, tcp(to.toArray(String[]::new))), clusters);
  }

  static TcpPlan tcp(String... clusters) {
    return new TcpPlan(
        "route",
        new WeightedClusters(Arrays.stream(clusters).map(name -> new Share(name, 1)).toList()),
        TimeUnit.HOURS.toNanos(1),
        3);
  }

  static ListenerPlan tcpListener(String name, InetSocketAddress address, TcpPlan traffic) {
    return new TcpListenerPlan(
        name, List.of(address), ChainTable.of(new ChainPlan(name, null, traffic)));
  }

  static RoutePlan route(Action action, CompiledFilter... filters) {
    return new RoutePlan("route", action, filters);
  }

  /** A route to one cluster. */
  static RoutePlan to(String cluster, CompiledFilter... filters) {
    return route(forward(new Timeouts(0, 0), cluster, filters));
  }

  static Forward forward(Timeouts timeouts, String cluster, CompiledFilter... filters) {
    return forward(
        timeouts, new WeightedBackend(cluster, 1, filters, Change.NONE, null, null, List.of()));
  }

  static Forward forward(Timeouts timeouts, WeightedBackend... backends) {
    long total = Arrays.stream(backends).mapToLong(WeightedBackend::weight).sum();
    boolean keepsClients = Arrays.stream(backends).anyMatch(backend -> backend.sessions() != null);
    return new Forward(List.of(backends), total, keepsClients, Reason.NO_CLUSTER, timeouts, null);
  }

  /** The same with retries. */
  static Forward retrying(Forward forward, RetryPolicy retry) {
    return new Forward(
        forward.backends(),
        forward.totalWeight(),
        forward.keepsClients(),
        forward.missingCluster(),
        forward.timeouts(),
        retry);
  }

  /** A route to one cluster with copies for mirrors. */
  static RoutePlan mirrored(Timeouts timeouts, String cluster, Mirror... mirrors) {
    return route(
        forward(
            timeouts,
            new WeightedBackend(
                cluster, 1, NO_FILTERS, Change.NONE, null, null, List.of(mirrors))));
  }

  /** A mirror of all requests. */
  static Mirror mirror(String cluster) {
    return new Mirror(cluster, 1, 1, false);
  }

  static WeightedBackend weighted(String cluster, long weight) {
    return new WeightedBackend(cluster, weight, NO_FILTERS, Change.NONE, null, null, List.of());
  }

  static ClusterPlan cluster(String name, SocketAddress... endpoints) {
    return cluster(name, Balancing.ROUND_ROBIN, Limits.DEFAULTS, endpoints);
  }

  static ClusterPlan cluster(
      String name, Balancing balancing, Limits limits, SocketAddress... endpoints) {
    return new ClusterPlan(
        name,
        UpstreamProtocol.HTTP_1,
        null,
        CONNECT_NANOS,
        balancing,
        limits,
        Arrays.stream(endpoints).map(address -> new EndpointPlan(address, 1, 0, "")).toList());
  }
}
