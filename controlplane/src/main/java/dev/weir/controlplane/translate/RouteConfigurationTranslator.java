package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.AttachedListener.HttpListener;
import dev.weir.controlplane.topology.HostRoutes;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.RuleMatch;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Writes the hostnames that listeners serve together as one RouteConfiguration. */
final class RouteConfigurationTranslator {
  private final RouteTranslator routes;

  /** A match that serves several hostnames is translated once. */
  private final IdentityHashMap<RuleMatch, Route> translated = new IdentityHashMap<>();

  RouteConfigurationTranslator(RouteTranslator routes) {
    this.routes = routes;
  }

  /**
   * The routes of listeners that share one connection manager.
   *
   * @param listeners no hostname is served by two of them
   */
  RouteConfiguration translate(String name, List<HttpListener> listeners) {
    RouteConfiguration.Builder out =
        RouteConfiguration.newBuilder().setName(name).setIgnorePortInHostMatching(true);
    Set<Hostname> misdirected = new TreeSet<>();
    Set<Hostname> served = new HashSet<>();
    listeners.forEach(listener -> misdirected.addAll(listener.misdirected()));
    listeners.stream()
        .flatMap(listener -> listener.hosts().stream())
        .sorted(Comparator.comparing(HostRoutes::hostname))
        .forEach(host -> {
          served.add(host.hostname());
          out.addVirtualHosts(virtualHost(host));
        });
    misdirected.removeAll(served);
    if (!misdirected.isEmpty()) {
      out.addVirtualHosts(misdirected(misdirected));
    }
    return out.build();
  }

  private VirtualHost virtualHost(HostRoutes host) {
    VirtualHost.Builder out =
        VirtualHost.newBuilder().setName(host.hostname().text()).addDomains(host.hostname().text());
    for (RuleMatch match : host.matches()) {
      out.addRoutes(translated.computeIfAbsent(match, routes::translate));
    }
    return out.build();
  }

  /** Tells clients to open a connection of its own for these hosts (RFC 9110, section 15.5.20). */
  private static VirtualHost misdirected(Set<Hostname> hostnames) {
    VirtualHost.Builder out = VirtualHost.newBuilder().setName("misdirected");
    hostnames.forEach(hostname -> out.addDomains(hostname.text()));
    return out.addRoutes(
            Route.newBuilder()
                .setName("misdirected")
                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                .setDirectResponse(RouteTranslator.response(421)))
        .build();
  }
}
