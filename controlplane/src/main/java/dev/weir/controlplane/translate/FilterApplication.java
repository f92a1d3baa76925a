package dev.weir.controlplane.translate;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.weir.controlplane.topology.RequestMatch.PathMatch;
import dev.weir.controlplane.topology.RuleFilter;
import dev.weir.core.filter.RouteFilter;
import dev.weir.core.filter.RouteFilter.FilterXds;
import dev.weir.core.filter.RouteFilter.RuleXds;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** Lets the features write their part of the routes of one listener. */
final class FilterApplication {
  private final FilterCatalog catalog;
  private final int listenerPort;
  private final Set<String> used = new HashSet<>();

  FilterApplication(FilterCatalog catalog, int listenerPort) {
    this.catalog = catalog;
    this.listenerPort = listenerPort;
  }

  /** Names of the HTTP filters that were configured so far. */
  Set<String> used() {
    return used;
  }

  /** Whether all filters can be honoured; if not, what they stand on must not serve. */
  boolean accept(List<RuleFilter> filters) {
    return filters.stream().allMatch(filter -> accepts((Record) filter.filter()));
  }

  private <S extends Record> boolean accepts(S spec) {
    RouteFilter<S> filter = catalog.routeFilter(spec);
    return filter != null && filter.refusal(spec) == null;
  }

  /** Applies accepted filters of a rule to one of its routes. */
  void onRule(List<RuleFilter> filters, PathMatch path, Route.Builder route) {
    if (!filters.isEmpty()) {
      RuleOutput out = new RuleOutput(route, path, listenerPort);
      filters.forEach(filter -> onRule((Record) filter.filter(), out));
      write(out.configs, route::putTypedPerFilterConfig);
    }
  }

  private <S extends Record> void onRule(S spec, RuleXds out) {
    catalog.requireRouteFilter(spec).rule(spec, out);
  }

  /** Applies accepted filters of a backend to its share of a route. */
  void onBackend(List<RuleFilter> filters, ClusterWeight.Builder share) {
    FilterOutput out = new FilterOutput();
    filters.forEach(filter -> onBackend((Record) filter.filter(), out));
    write(out, share::putTypedPerFilterConfig);
  }

  private <S extends Record> void onBackend(S spec, FilterXds out) {
    if (catalog.requireRouteFilter(spec) instanceof RouteFilter.ForBackends<S> filter) {
      filter.backend(spec, out);
    }
  }

  private void write(FilterOutput output, BiConsumer<String, Any> target) {
    output.byName.forEach((name, config) -> target.accept(name, Messages.packed(config)));
    used.addAll(output.byName.keySet());
  }

  /** What filters configure in one place. */
  private static final class FilterOutput implements FilterXds {
    private final Map<String, Message> byName = new TreeMap<>();

    @Override
    public void filterConfig(String httpFilter, Message config) {
      byName.merge(httpFilter, config, (old, more) -> old.toBuilder().mergeFrom(more).build());
    }
  }

  private record RuleOutput(
      Route.Builder route, PathMatch path, int listenerPort, FilterOutput configs)
      implements RuleXds {
    RuleOutput(Route.Builder route, PathMatch path, int listenerPort) {
      this(route, path, listenerPort, new FilterOutput());
    }

    @Override
    public String matchedPrefix() {
      return path instanceof PathMatch.Prefix(String prefix) ? prefix : "/";
    }

    @Override
    public void filterConfig(String httpFilter, Message config) {
      configs.filterConfig(httpFilter, config);
    }
  }
}
