package dev.weir.controlplane.translate;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.weir.controlplane.topology.BackendTraffic;
import dev.weir.controlplane.topology.RequestMatch.PathMatch;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.RouteRule;
import dev.weir.controlplane.topology.RuleFilter;
import dev.weir.controlplane.topology.WeightedBackend;
import dev.weir.controlplane.translate.KnownHosts.Place;
import dev.weir.core.api.gateway.SessionPersistence;
import dev.weir.core.filter.BackendAction;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.HttpFilterType.Levels;
import dev.weir.core.filter.RouteFilter;
import dev.weir.core.filter.RouteFilter.RuleXds;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.route.v3.Route;
import dev.weir.envoy.config.route.v3.RouteAction;
import dev.weir.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Lets the features write their part of routes. */
final class FilterApplication {
  private final FilterCatalog catalog;
  private final ClusterNames clusters;
  private final Place place;
  private final FilterUse use = new FilterUse();
  private boolean saysPort;

  FilterApplication(FilterCatalog catalog, ClusterNames clusters, Place place) {
    this.catalog = catalog;
    this.clusters = clusters;
    this.place = place;
  }

  /** What the routes ask for that were written so far. */
  FilterUse use() {
    return use;
  }

  /** Whether some route depends on the port of its listener. */
  boolean saysPort() {
    return saysPort;
  }

  /** Whether all filters can be honoured; if not, what they stand on must not serve. */
  boolean accept(List<RuleFilter> filters) {
    return filters.stream().allMatch(filter -> accepts((Record) filter.filter()));
  }

  /** Whether clients can be kept like that. */
  boolean accept(@Nullable SessionPersistence sessions) {
    return sessions == null || accepts(sessions);
  }

  private <S extends Record> boolean accepts(S spec) {
    RouteFilter<S> filter = catalog.routeFilter(spec);
    return filter != null && filter.refusal(spec) == null;
  }

  /** Applies accepted filters and sessions of a rule to one of its routes. */
  void onRule(RouteRule.Serving rule, PathMatch path, Route.Builder route) {
    FilterOutput configs = new FilterOutput();
    ofRule(rule, path, route, configs);
    write(configs, route);
  }

  /** Applies what is accepted of a rule, and of its only backend, to one of its routes. */
  void onRule(RouteRule.Serving rule, WeightedBackend only, PathMatch path, Route.Builder route) {
    FilterOutput configs = new FilterOutput();
    ofRule(rule, path, route, configs);
    FilterOutput more = new FilterOutput();
    apply(only.filters(), rule.ref().lasting(), path, route, more);
    SessionPersistence sessions = ownSessions(rule, only);
    if (sessions != null) {
      onRule(sessions, new RuleOutput(subject(only.backend()), route, path, null, more));
    }
    more.byName.forEach((name, config) -> {
      if (countsAlone(name)) {
        configs.byName.put(name, config);
      } else {
        configs.filterConfig(name, config);
      }
    });
    configs.own.putAll(more.own);
    write(configs, route);
  }

  private void ofRule(
      RouteRule.Serving rule, PathMatch path, Route.Builder route, FilterOutput configs) {
    String subject = rule.ref().lasting();
    apply(rule.filters(), subject, path, route, configs);
    if (rule.sessions() != null) {
      onRule(rule.sessions(), new RuleOutput(subject, route, path, null, configs));
    }
  }

  private void write(FilterOutput configs, Route.Builder route) {
    write(configs, route::putTypedPerFilterConfig);
    use.configure(configs.byName.keySet());
  }

  /** The sessions that a policy asks for at a backend, unless the rule has its own. */
  private @Nullable SessionPersistence ownSessions(
      RouteRule.Serving rule, WeightedBackend backend) {
    BackendTraffic policy = backend.backend().policy();
    return policy == null
            || rule.sessions() != null
            || place.beyond().traffic().contains(backend.backend().object())
        ? null
        : policy.sessions();
  }

  /** The object that a policy for a backend is for. */
  private static String subject(ResolvedBackend backend) {
    return switch (backend) {
      case ResolvedBackend.Service service -> service.port().service().toString();
      case ResolvedBackend.Static own -> own.backend().ref().toString();
      case ResolvedBackend.Invalid invalid -> throw new IllegalStateException(invalid.message());
    };
  }

  private void apply(
      List<RuleFilter> filters,
      String subject,
      PathMatch path,
      Route.Builder route,
      FilterOutput configs) {
    for (RuleFilter filter : filters) {
      onRule(
          (Record) filter.filter(),
          new RuleOutput(subject, route, path, filter.backend(), configs));
    }
  }

  /** Whether of a rule's configuration for that HTTP filter and a backend's the latter counts. */
  private boolean countsAlone(String httpFilter) {
    return catalog.chain().stream()
        .filter(type -> type.name().equals(httpFilter))
        .anyMatch(type -> levels(type) == Levels.MOST_SPECIFIC);
  }

  private static <C extends Message> Levels levels(HttpFilterType<C, ?> type) {
    return type.levels().apply(type.config());
  }

  private <S extends Record> void onRule(S spec, RuleXds out) {
    catalog.requireRouteFilter(spec).rule(spec, out);
  }

  /** Applies what is accepted of one of several backends to its share of a finished route. */
  void onBackend(
      RouteRule.Serving rule,
      WeightedBackend backend,
      PathMatch path,
      Route.Builder route,
      ClusterWeight.Builder share) {
    String subject = rule.ref().lasting();
    FilterOutput configs = new FilterOutput();
    Route.Builder alone = Route.newBuilder().setRoute(changes(route.getRoute()));
    for (RuleFilter filter : backend.filters()) {
      onBackend(
          (Record) filter.filter(),
          new RuleOutput(subject, alone, path, filter.backend(), configs));
    }
    SessionPersistence sessions = ownSessions(rule, backend);
    if (sessions != null) {
      onBackend(sessions, new RuleOutput(subject(backend.backend()), alone, path, null, configs));
    }
    write(configs, share::putTypedPerFilterConfig);
    use.configure(configs.byName.keySet());
    act(alone, route.getRoute(), share);
  }

  private <S extends Record> void onBackend(S spec, RuleXds out) {
    switch (catalog.requireRouteFilter(spec)) {
      case RouteFilter.ForBackends<S> filter -> filter.backend(spec, out);
      case RouteFilter.OfAction<S> filter -> filter.rule(spec, out);
      default -> throw new IllegalStateException(spec + " is no filter for backends");
    }
  }

  /** What filters can change of an action. */
  private static RouteAction changes(RouteAction action) {
    RouteAction.Builder out = pathChange(action).toBuilder();
    return out.setHostRewriteLiteral(action.getHostRewriteLiteral()).build();
  }

  private static RouteAction pathChange(RouteAction action) {
    RouteAction.Builder out = RouteAction.newBuilder().setPrefixRewrite(action.getPrefixRewrite());
    if (action.hasRegexRewrite()) {
      out.setRegexRewrite(action.getRegexRewrite());
    }
    return out.build();
  }

  /** Tells the share what its action would be if it were alone, where that is another. */
  private static void act(Route.Builder alone, RouteAction ofRule, ClusterWeight.Builder share) {
    if (alone.hasRedirect()) {
      share.putTypedPerFilterConfig(BackendAction.NAME, Packing.packed(alone.getRedirect()));
      return;
    }
    RouteAction action = alone.getRoute();
    if (!action.getHostRewriteLiteral().equals(ofRule.getHostRewriteLiteral())) {
      share.setHostRewriteLiteral(action.getHostRewriteLiteral());
    }
    RouteAction path = pathChange(action);
    if (!path.equals(pathChange(ofRule)) || action.getRequestMirrorPoliciesCount() > 0) {
      share.putTypedPerFilterConfig(
          BackendAction.NAME,
          Packing.packed(
              path.toBuilder()
                  .addAllRequestMirrorPolicies(action.getRequestMirrorPoliciesList())
                  .build()));
    }
  }

  private static void write(FilterOutput output, BiConsumer<String, Any> target) {
    output.byName.forEach((name, config) -> target.accept(name, Packing.packed(config)));
    output.own.forEach((name, config) -> target.accept(name, Packing.packed(config)));
  }

  /** What filters configure in one place. */
  private static final class FilterOutput {
    private final Map<String, Message> byName = new TreeMap<>();

    /** Those of instances that rules have for themselves. */
    private final Map<String, Message> own = new TreeMap<>();

    void filterConfig(String httpFilter, Message config) {
      byName.merge(httpFilter, config, (old, more) -> old.toBuilder().mergeFrom(more).build());
    }
  }

  /** What a filter says about a route of the rule that it stands on. */
  private final class RuleOutput implements RuleXds {
    private final String subject;
    private final Route.Builder route;
    private final PathMatch path;
    private final @Nullable ResolvedBackend backend;
    private final FilterOutput configs;

    RuleOutput(
        String subject,
        Route.Builder route,
        PathMatch path,
        @Nullable ResolvedBackend backend,
        FilterOutput configs) {
      this.subject = subject;
      this.route = route;
      this.path = path;
      this.backend = backend;
      this.configs = configs;
    }

    @Override
    public Route.Builder route() {
      return route;
    }

    @Override
    public String matchedPrefix() {
      return path instanceof PathMatch.Prefix(String prefix) ? prefix : "/";
    }

    @Override
    public String subject() {
      return subject;
    }

    @Override
    public String gatewaySecret() {
      return place.gateway() + " " + place.uid();
    }

    @Override
    public int listenerPort() {
      saysPort = true;
      return place.listenerPort();
    }

    @Override
    public String backendCluster() {
      if (backend == null) {
        throw new IllegalStateException("the filter has no backendRef");
      }
      return clusters.of(backend);
    }

    @Override
    public void filterConfig(String httpFilter, Message config) {
      configs.filterConfig(httpFilter, config);
    }

    @Override
    public void ownFilter(String httpFilter, Message config, Message routeConfig) {
      String name = httpFilter + "/" + Messages.hash(config);
      use.add(httpFilter, name, config);
      configs.own.put(name, routeConfig);
    }
  }
}
