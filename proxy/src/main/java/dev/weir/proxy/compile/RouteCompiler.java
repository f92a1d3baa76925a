package dev.weir.proxy.compile;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.weir.core.filter.BackendAction;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.Token;
import dev.weir.envoy.config.core.v3.HeaderValueOption;
import dev.weir.envoy.config.route.v3.FilterConfig;
import dev.weir.envoy.config.route.v3.Route;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.config.route.v3.VirtualHost;
import dev.weir.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import dev.weir.proxy.compile.HttpFilterChain.Filters;
import dev.weir.proxy.compile.HttpFilterChain.Setting;
import dev.weir.proxy.plan.Action;
import dev.weir.proxy.plan.AddedField;
import dev.weir.proxy.plan.PathMatch;
import dev.weir.proxy.plan.RoutePlan;
import dev.weir.proxy.plan.RouteTable;
import dev.weir.proxy.plan.RouteTable.Ports;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compiles a RouteConfiguration for the filters of one connection manager. */
final class RouteCompiler {
  private final KnownTypes types;
  private final HttpFilterChain chain;

  /** What the route configuration at hand adds to responses. */
  private List<AddedField> added = List.of();

  RouteCompiler(KnownTypes types, HttpFilterChain chain) {
    this.types = types;
    this.chain = chain;
  }

  /**
   * Compiles.
   *
   * @param earlier what an earlier version gave for the same chain, or null
   * @param other another configuration for the same chain, of which virtual hosts are taken over
   *     that are the same and have no filters: those may count, and each configuration for itself
   */
  CompiledRoutes compile(
      RouteConfiguration message,
      @Nullable CompiledRoutes earlier,
      @Nullable CompiledRoutes other,
      FieldPath at)
      throws InvalidConfig {
    if (earlier != null && earlier.message().equals(message)) {
      return earlier;
    }
    added = added(message, at);
    Level base =
        new Level(List.of(), filters(List.of())).with(message.getTypedPerFilterConfigMap(), at);
    Taken before =
        new Taken(earlier != null && sameFilters(earlier.message(), message) ? earlier : null);
    Taken elsewhere =
        new Taken(
            other != null && base.filters.isEmpty() && sameFilters(other.message(), message)
                ? other
                : null);
    List<RouteTable.Host> hosts = new ArrayList<>(message.getVirtualHostsCount());
    for (int i = 0; i < message.getVirtualHostsCount(); i++) {
      VirtualHost host = message.getVirtualHosts(i);
      RouteTable.Host known = before.find(host);
      if (known == null) {
        RouteTable.Host same = elsewhere.find(host);
        known = same != null && isPlain(host) ? same : null;
      }
      hosts.add(known == null ? host(host, base, at.field("virtual_hosts").at(i)) : known);
    }
    Ports ports = message.getIgnorePortInHostMatching() ? Ports.IGNORED : Ports.MATCHED;
    try {
      return new CompiledRoutes(message, new RouteTable(hosts, ports), List.copyOf(hosts));
    } catch (IllegalArgumentException e) {
      throw twofold(message, String.valueOf(e.getMessage()), at);
    }
  }

  /** Finds virtual hosts in what another message came to. */
  private static final class Taken {
    private final List<RouteTable.Host> hosts;
    private final Kept<VirtualHost> messages;

    Taken(@Nullable CompiledRoutes from) {
      hosts = from == null ? List.of() : from.hosts();
      messages = new Kept<>(from == null ? List.of() : from.message().getVirtualHostsList());
    }

    RouteTable.@Nullable Host find(VirtualHost message) {
      int at = messages.find(message);
      return at < 0 ? null : hosts.get(at);
    }
  }

  /** Whether nothing in a virtual host configures filters. */
  private static boolean isPlain(VirtualHost host) {
    if (host.getTypedPerFilterConfigCount() > 0) {
      return false;
    }
    for (Route route : host.getRoutesList()) {
      if (route.getTypedPerFilterConfigCount() > 0) {
        return false;
      }
      for (ClusterWeight share : route.getRoute().getWeightedClusters().getClustersList()) {
        if (share.getTypedPerFilterConfigCount() > 0) {
          return false;
        }
      }
    }
    return true;
  }

  private static InvalidConfig twofold(RouteConfiguration message, String domain, FieldPath at) {
    boolean found = false;
    for (int i = 0; i < message.getVirtualHostsCount(); i++) {
      VirtualHost host = message.getVirtualHosts(i);
      for (int j = 0; j < host.getDomainsCount(); j++) {
        if (host.getDomains(j).toLowerCase(Locale.ROOT).equals(domain)) {
          if (found) {
            return at.field("virtual_hosts")
                .at(i)
                .field("domains")
                .at(j)
                .invalid("\"" + host.getDomains(j) + "\" stands in more than one place");
          }
          found = true;
        }
      }
    }
    throw new IllegalArgumentException(domain);
  }

  /** Whether virtual hosts of both get the same filters from above. */
  private static boolean sameFilters(RouteConfiguration one, RouteConfiguration other) {
    return one.getTypedPerFilterConfigMap().equals(other.getTypedPerFilterConfigMap())
        && one.getResponseHeadersToAddList().equals(other.getResponseHeadersToAddList());
  }

  private static void checkDomains(VirtualHost message, FieldPath at) throws InvalidConfig {
    if (message.getDomainsCount() == 0) {
      throw at.field("domains").invalid("must not be empty");
    }
    for (int i = 0; i < message.getDomainsCount(); i++) {
      String domain = message.getDomains(i);
      FieldPath domainAt = at.field("domains").at(i);
      if (domain.isEmpty() || domain.indexOf('*', 1) >= 0) {
        throw domainAt.invalid("has to be a host name, *.suffix, *-suffix or *");
      }
    }
  }

  private RouteTable.Host host(VirtualHost message, Level above, FieldPath at)
      throws InvalidConfig {
    checkDomains(message, at);
    Level level = above.with(message.getTypedPerFilterConfigMap(), at);
    List<RouteTable.Entry> routes = new ArrayList<>(message.getRoutesCount());
    for (int i = 0; i < message.getRoutesCount(); i++) {
      Route route = message.getRoutes(i);
      String name = route.getName().isEmpty() ? message.getName() + "/route/" + i : route.getName();
      routes.add(route(route, name, level, at.field("routes").at(i)));
    }
    return new RouteTable.Host(message.getDomainsList(), routes);
  }

  private RouteTable.Entry route(Route message, String name, Level above, FieldPath at)
      throws InvalidConfig {
    FieldPath match = at.field("match");
    PathMatch path = MatchCompiler.path(message.getMatch(), match);
    Level level = above.with(message.getTypedPerFilterConfigMap(), at);
    Action action =
        switch (message.getActionCase()) {
          case ROUTE ->
              ActionCompiler.forward(
                  message.getRoute(),
                  path,
                  level.filters,
                  (ClusterWeight backend, FieldPath backendAt) ->
                      level.with(backend.getTypedPerFilterConfigMap(), backendAt).filters,
                  types,
                  at.field("route"));
          case REDIRECT ->
              ActionCompiler.redirect(message.getRedirect(), path, at.field("redirect"));
          case DIRECT_RESPONSE ->
              ActionCompiler.respond(message.getDirectResponse(), at.field("direct_response"));
          case ACTION_NOT_SET ->
              throw at.invalid("needs one of route, redirect and direct_response");
        };
    return new RouteTable.Entry(
        path,
        MatchCompiler.conditions(message.getMatch(), match),
        new RoutePlan(name, action, level.filters.chain()));
  }

  /** The filter configuration that counts at one place, and the filters that it makes. */
  private final class Level {
    private final List<Map<String, Setting>> configs;
    private final Filters filters;

    /**
     * A level.
     *
     * @param configs the most specific first
     */
    Level(List<Map<String, Setting>> configs, Filters filters) {
      this.configs = configs;
      this.filters = filters;
    }

    /** A level below this one; the same if it configures nothing. */
    Level with(Map<String, Any> configs, FieldPath at) throws InvalidConfig {
      if (configs.isEmpty()) {
        return this;
      }
      Map<String, Setting> own = new HashMap<>();
      for (Map.Entry<String, Any> config : configs.entrySet()) {
        if (config.getKey().equals(BackendAction.NAME)) {
          continue;
        }
        FieldPath configAt = at.field("typed_per_filter_config").key(config.getKey());
        own.put(config.getKey(), setting(config.getValue(), configAt));
      }
      List<Map<String, Setting>> all = new ArrayList<>();
      all.add(own);
      all.addAll(this.configs);
      return own.isEmpty() ? this : new Level(all, filters(all));
    }
  }

  private Filters filters(List<Map<String, Setting>> levels) throws InvalidConfig {
    Filters configured = chain.compile(levels);
    if (added.isEmpty()) {
      return configured;
    }
    List<CompiledFilter> all = new ArrayList<>(added);
    all.addAll(List.of(configured.chain()));
    return new Filters(all.toArray(CompiledFilter[]::new), configured.sessions());
  }

  private static List<AddedField> added(RouteConfiguration message, FieldPath at)
      throws InvalidConfig {
    List<AddedField> added = new ArrayList<>();
    for (int i = 0; i < message.getResponseHeadersToAddCount(); i++) {
      HeaderValueOption option = message.getResponseHeadersToAdd(i);
      FieldPath optionAt = at.field("response_headers_to_add").at(i);
      String name = option.getHeader().getKey();
      String value = option.getHeader().getValue();
      if (name.isEmpty() || !name.chars().allMatch(c -> c < 128 && Token.isTokenChar((byte) c))) {
        throw optionAt.field("header").field("key").invalid("is no field name");
      }
      if (value.isEmpty()
          || !value.chars().allMatch(c -> c < 128 && Token.isFieldValueChar((byte) c))
          || value.indexOf('%') >= 0) {
        throw optionAt
            .field("header")
            .field("value")
            .invalid("has to be fixed text: substitutions by % are not implemented");
      }
      boolean replaces =
          switch (option.getAppendAction()) {
            case APPEND_IF_EXISTS_OR_ADD -> false;
            case OVERWRITE_IF_EXISTS_OR_ADD -> true;
            case ADD_IF_ABSENT, OVERWRITE_IF_EXISTS, UNRECOGNIZED ->
                throw optionAt
                    .field("append_action")
                    .invalid("has to be APPEND_IF_EXISTS_OR_ADD or OVERWRITE_IF_EXISTS_OR_ADD");
          };
      added.add(new AddedField(HeaderName.of(name.toLowerCase(Locale.ROOT)), value, replaces));
    }
    return added;
  }

  private Setting setting(Any any, FieldPath at) throws InvalidConfig {
    Message message = types.unpack(any, at);
    if (!(message instanceof FilterConfig config)) {
      return new Setting(at, false, message);
    }
    Message inner =
        config.hasConfig() ? types.unpack(config.getConfig(), at.field("config")) : null;
    return new Setting(at, config.getDisabled(), inner);
  }
}
