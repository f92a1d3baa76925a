package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.HostRoutes;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.core.problem.ObjectRef;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Remembers virtual hosts, so that a change of one route writes only those that it serves. Forgets
 * what the last run did not ask for. Not for concurrent use.
 */
final class KnownHosts {
  private Map<Place, Map<Hostname, Written>> previous = new HashMap<>();
  private Map<Place, Map<Hostname, Written>> current = new HashMap<>();

  /**
   * What a virtual host depends on beside its matches.
   *
   * @param routes name of the RouteConfiguration
   * @param uid of the Gateway
   * @param identified whether the Gateway shows backends a certificate
   */
  record Place(String routes, ObjectRef gateway, String uid, boolean identified, int listenerPort) {
    static Place of(String routes, GatewayTopology gateway, int listenerPort) {
      return new Place(
          routes,
          gateway.gateway(),
          gateway.uid(),
          gateway.clientCertificate() != null,
          listenerPort);
    }
  }

  /**
   * A virtual host.
   *
   * @param source what it was written from
   * @param hash of the message
   * @param clusters to which it leads, by name
   * @param filters what its routes ask of filters
   */
  record Written(
      HostRoutes source,
      VirtualHost message,
      String hash,
      Map<String, ResolvedBackend> clusters,
      FilterUse filters) {}

  void startRun() {
    previous = current;
    current = new HashMap<>();
  }

  /** The virtual host of the run before if it had the same matches, or else a new one. */
  Written written(Place place, HostRoutes host, Function<HostRoutes, Written> write) {
    Written known = previous.getOrDefault(place, Map.of()).get(host.hostname());
    Written written =
        known != null && same(known.source.matches(), host.matches()) ? known : write.apply(host);
    current.computeIfAbsent(place, p -> new HashMap<>()).put(host.hostname(), written);
    return written;
  }

  @SuppressWarnings("ReferenceEquality") // a rule that did not change is the same instance
  private static boolean same(List<RuleMatch> ours, List<RuleMatch> theirs) {
    if (ours.size() != theirs.size()) {
      return false;
    }
    for (int i = 0; i < ours.size(); i++) {
      if (ours.get(i) != theirs.get(i)) {
        return false;
      }
    }
    return true;
  }
}
