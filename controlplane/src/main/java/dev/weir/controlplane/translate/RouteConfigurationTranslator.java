package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.AttachedListener.HttpListener;
import dev.weir.controlplane.topology.HostRoutes;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.controlplane.translate.KnownHosts.Place;
import dev.weir.controlplane.translate.KnownHosts.Written;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.core.v3.HeaderValueOption;
import dev.weir.envoy.config.route.v3.Route;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.config.route.v3.RouteMatch;
import dev.weir.envoy.config.route.v3.VirtualHost;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Writes the hostnames that listeners serve together as one RouteConfiguration. */
final class RouteConfigurationTranslator {
  private final FilterCatalog filters;
  private final ClusterTranslator clusters;
  private final KnownHosts known;
  private final Place place;
  private final FilterUse use = new FilterUse();

  RouteConfigurationTranslator(
      FilterCatalog filters, ClusterTranslator clusters, KnownHosts known, Place place) {
    this.filters = filters;
    this.clusters = clusters;
    this.known = known;
    this.place = place;
  }

  /** What the routes ask of filters that were written so far. */
  FilterUse use() {
    return use;
  }

  /**
   * The routes of listeners that share one connection manager.
   *
   * @param listeners no hostname is served by two of them
   * @param added fields for all responses
   */
  Resource<RouteConfiguration> translate(
      List<HttpListener> listeners, List<HeaderValueOption> added) {
    RouteConfiguration.Builder out =
        RouteConfiguration.newBuilder()
            .setName(place.routes())
            .setIgnorePortInHostMatching(true)
            .addAllResponseHeadersToAdd(added);
    List<HostRoutes> served = mostSpecificFirst(listeners);
    List<VirtualHost> hosts = new ArrayList<>(served.size() + 1);
    List<byte[]> hashes = new ArrayList<>(served.size() + 1);
    KnownHosts.Hosts kept = known.at(place, served.size());
    Function<HostRoutes, Written> write = this::write;
    BiConsumer<String, ResolvedBackend> again = clusters::again;
    for (HostRoutes host : served) {
      Written written = kept.written(host, write);
      written.clusters().forEach(again);
      use.addAll(written.filters());
      hosts.add(written.message());
      hashes.add(written.hash());
    }
    Set<Hostname> misdirected = new TreeSet<>();
    listeners.forEach(listener -> misdirected.addAll(listener.misdirected()));
    if (!misdirected.isEmpty()) {
      listeners.forEach(
          listener -> listener.hosts().forEach(host -> misdirected.remove(host.hostname())));
    }
    if (!misdirected.isEmpty()) {
      VirtualHost host = misdirected(misdirected);
      hosts.add(host);
      hashes.add(hash(host));
    }
    String version = Messages.hash(out.build(), hashes);
    return new Resource<>(place.routes(), version, out.addAllVirtualHosts(hosts).build());
  }

  private static List<HostRoutes> mostSpecificFirst(List<HttpListener> listeners) {
    return listeners.size() == 1
        ? listeners.getFirst().hosts()
        : listeners.stream()
            .flatMap(listener -> listener.hosts().stream())
            .sorted(Comparator.comparing(HostRoutes::hostname))
            .toList();
  }

  private static byte[] hash(VirtualHost host) {
    return Messages.hash(host).getBytes(StandardCharsets.US_ASCII);
  }

  private Written write(HostRoutes host) {
    UsedClusters used = new UsedClusters();
    FilterApplication application = new FilterApplication(filters, used, place);
    RouteTranslator routes = new RouteTranslator(application, used);
    VirtualHost.Builder out =
        VirtualHost.newBuilder().setName(host.hostname().text()).addDomains(host.hostname().text());
    for (RuleMatch match : host.matches()) {
      out.addRoutes(routes.translate(match));
    }
    VirtualHost message = out.build();
    return new Written(
        host,
        message,
        hash(message),
        Map.copyOf(used.byName),
        application.use(),
        application.saysPort());
  }

  /** Takes note of the clusters to which a virtual host leads. */
  private final class UsedClusters implements ClusterNames {
    private final Map<String, ResolvedBackend> byName = new HashMap<>();

    @Override
    public String of(ResolvedBackend backend) {
      String name = clusters.of(backend);
      if (!name.equals(INVALID)) {
        byName.put(name, backend);
      }
      return name;
    }
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
