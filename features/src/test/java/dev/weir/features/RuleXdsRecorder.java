package dev.weir.features;

import com.google.protobuf.Message;
import dev.weir.core.filter.RouteFilter;
import dev.weir.envoy.config.route.v3.Route;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Stands in for the spine: keeps what a translation writes. */
public final class RuleXdsRecorder implements RouteFilter.RuleXds {
  private final Route.Builder route = Route.newBuilder();
  private final Map<String, Message> filterConfigs = new TreeMap<>();
  private final String matchedPrefix;

  /** A rule that matches {@code prefix} and forwards to one cluster. */
  public RuleXdsRecorder(String prefix) {
    matchedPrefix = prefix;
    route.getRouteBuilder().setCluster("backend");
  }

  @Override
  public Route.Builder route() {
    return route;
  }

  @Override
  public String matchedPrefix() {
    return matchedPrefix;
  }

  @Override
  public int listenerPort() {
    return 8080;
  }

  @Override
  public String subject() {
    return "HTTPRoute/shop/cart/rule/0";
  }

  @Override
  public String gatewaySecret() {
    return "secret";
  }

  @Override
  public void ownFilter(String httpFilter, Message config, Message routeConfig) {
    filterConfigs.put(httpFilter, config);
  }

  @Override
  public String backendCluster() {
    return "own-backend";
  }

  @Override
  public void filterConfig(String httpFilter, Message config) {
    filterConfigs.merge(httpFilter, config, (old, more) -> old.toBuilder().mergeFrom(more).build());
  }

  /** The configuration of one HTTP filter. */
  public <M extends Message> M filterConfig(String httpFilter, Class<M> type) {
    return Objects.requireNonNull(type.cast(filterConfigs.get(httpFilter)));
  }
}
