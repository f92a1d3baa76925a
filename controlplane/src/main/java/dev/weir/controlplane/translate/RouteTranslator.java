package dev.weir.controlplane.translate;

import com.google.protobuf.UInt32Value;
import dev.weir.controlplane.topology.BackendTraffic;
import dev.weir.controlplane.topology.RequestMatch.PathMatch;
import dev.weir.controlplane.topology.RouteRule;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.controlplane.topology.WeightedBackend;
import dev.weir.envoy.config.route.v3.DirectResponseAction;
import dev.weir.envoy.config.route.v3.RetryPolicy;
import dev.weir.envoy.config.route.v3.Route;
import dev.weir.envoy.config.route.v3.RouteAction;
import dev.weir.envoy.config.route.v3.RouteAction.ClusterNotFoundResponseCode;
import dev.weir.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.time.Duration;
import java.util.List;

/** Writes the matches of rules as Routes. */
final class RouteTranslator {
  private final FilterApplication filters;
  private final ClusterNames clusters;

  RouteTranslator(FilterApplication filters, ClusterNames clusters) {
    this.filters = filters;
    this.clusters = clusters;
  }

  Route translate(RuleMatch match) {
    Route.Builder route =
        Route.newBuilder()
            .setName(match.toString())
            .setMatch(MatchTranslator.translate(match.match()));
    switch (match.rule()) {
      case RouteRule.Serving rule
          when filters.accept(rule.filters()) && filters.accept(rule.sessions()) ->
          serve(rule, match.match().path(), route);
      case RouteRule.Serving refused -> route.setDirectResponse(response(500));
      case RouteRule.Broken broken -> route.setDirectResponse(response(500));
    }
    return route.build();
  }

  /** The gateway's own answer. */
  static DirectResponseAction response(int status) {
    return DirectResponseAction.newBuilder().setStatus(status).build();
  }

  private void serve(RouteRule.Serving rule, PathMatch path, Route.Builder route) {
    List<Share> shares =
        rule.backends().stream()
            .filter(backend -> backend.weight() > 0 || keepsClients(rule, backend))
            .map(backend -> new Share(backend, cluster(backend)))
            .toList();
    if (shares.stream().allMatch(Share::isInvalid)) {
      route.setDirectResponse(response(500));
      filters.onRule(rule, path, route);
      return;
    }
    RouteAction.Builder action = route.getRouteBuilder();
    time(rule, action);
    if (shares.size() == 1 && shares.getFirst().backend.weight() > 0) {
      // Its filters are as good as filters of the rule: what Envoy cannot do for one of several
      // backends it can do here.
      action.setCluster(shares.getFirst().cluster);
      filters.onRule(rule, shares.getFirst().backend, path, route);
      return;
    }
    shares.forEach(share ->
        action
            .getWeightedClustersBuilder()
            .addClusters(weight(share.cluster, share.backend.weight())));
    boolean onlySessions = shares.stream().allMatch(share -> share.backend.weight() == 0);
    if (onlySessions) {
      // Somebody has to get the others, says Envoy; the Gateway API wants them answered 500.
      action.getWeightedClustersBuilder().addClusters(weight(ClusterNames.INVALID, 1));
    }
    if (onlySessions || shares.stream().anyMatch(Share::isInvalid)) {
      action.setClusterNotFoundResponseCode(ClusterNotFoundResponseCode.INTERNAL_SERVER_ERROR);
    }
    filters.onRule(rule, path, route);
    for (int i = 0; i < shares.size(); i++) {
      if (!shares.get(i).isInvalid()) {
        filters.onBackend(
            rule,
            shares.get(i).backend,
            path,
            route,
            action.getWeightedClustersBuilder().getClustersBuilder(i));
      }
    }
  }

  /** A backend that gets requests, and the name of its cluster. */
  private record Share(WeightedBackend backend, String cluster) {
    boolean isInvalid() {
      return cluster.equals(ClusterNames.INVALID);
    }
  }

  private String cluster(WeightedBackend backend) {
    return filters.accept(backend.filters())
        ? clusters.of(backend.backend())
        : ClusterNames.INVALID;
  }

  private static ClusterWeight weight(String cluster, int weight) {
    return ClusterWeight.newBuilder().setName(cluster).setWeight(UInt32Value.of(weight)).build();
  }

  /** Whether a backend is needed although it has no weight: sessions may have begun there. */
  private static boolean keepsClients(RouteRule.Serving rule, WeightedBackend backend) {
    BackendTraffic policy = backend.backend().policy();
    return rule.sessions() != null || (policy != null && policy.sessions() != null);
  }

  private static void time(RouteRule.Serving rule, RouteAction.Builder action) {
    Duration request = rule.timeouts().request();
    // Always set: unset means 15 s to Envoy, and no limit to the Gateway API.
    action.setTimeout(Messages.duration(request == null ? Duration.ZERO : request));
    RetryPolicy retry = RetryTranslator.translate(rule.retry(), rule.timeouts());
    if (retry != null) {
      action.setRetryPolicy(retry);
    }
  }
}
