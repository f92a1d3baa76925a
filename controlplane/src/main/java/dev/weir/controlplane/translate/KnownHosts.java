package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.Beyond;
import dev.weir.controlplane.topology.HostRoutes;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.core.problem.ObjectRef;
import dev.weir.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Remembers virtual hosts, so that a change of one route writes only those that it serves, and that
 * what two listeners of a Gateway serve alike, one of them with TLS, is written once. Forgets what
 * the last run did not ask for. Not for concurrent use.
 */
final class KnownHosts {
  private Map<Place, List<Written>> previous = new HashMap<>();
  private Map<Place, List<Written>> current = new HashMap<>();

  /** For each Gateway of this run, those of the place that has most. */
  private final Map<ObjectRef, List<Written>> largest = new HashMap<>();

  /**
   * What a virtual host depends on beside its matches.
   *
   * @param routes name of the RouteConfiguration
   * @param uid of the Gateway
   * @param identified whether the Gateway shows backends a certificate
   * @param beyond see {@link GatewayTopology#beyond}
   */
  record Place(
      String routes,
      ObjectRef gateway,
      String uid,
      boolean identified,
      Beyond beyond,
      int listenerPort) {
    static Place of(String routes, GatewayTopology gateway, int listenerPort) {
      return new Place(
          routes,
          gateway.gateway(),
          gateway.uid(),
          gateway.clientCertificate() != null,
          gateway.beyond(),
          listenerPort);
    }
  }

  /**
   * A virtual host.
   *
   * @param source what it was written from
   * @param hash of the message, in ASCII
   * @param clusters to which it leads, by name
   * @param filters what its routes ask of filters
   * @param saysPort whether it holds the port of its listener
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Written(
      HostRoutes source,
      VirtualHost message,
      byte[] hash,
      Map<String, ResolvedBackend> clusters,
      FilterUse filters,
      boolean saysPort) {}

  void startRun() {
    previous = current;
    current = new HashMap<>();
    largest.clear();
  }

  /** The virtual hosts of one place; to be asked for once in a run. */
  Hosts at(Place place, int size) {
    // Within a run, places of one Gateway differ in their routes and port alone.
    List<Written> elsewhere = largest.getOrDefault(place.gateway(), List.of());
    List<Written> now = new ArrayList<>(size);
    current.put(place, now);
    if (size > elsewhere.size()) {
      largest.put(place.gateway(), now);
    }
    return new Hosts(previous.getOrDefault(place, List.of()), elsewhere, now);
  }

  /** The virtual hosts of one place, most specific first. */
  static final class Hosts {
    private final Search before;
    private final Search elsewhere;
    private final List<Written> now;

    private Hosts(List<Written> before, List<Written> elsewhere, List<Written> now) {
      this.before = new Search(before);
      this.elsewhere = new Search(elsewhere);
      this.now = now;
    }

    /** The next one: that of the run before if it had the same matches, or else a new one. */
    Written written(HostRoutes host, Function<HostRoutes, Written> write) {
      Written written = before.find(host);
      if (written == null) {
        written = elsewhere.find(host);
        if (written == null || written.saysPort()) {
          written = write.apply(host);
        }
      }
      now.add(written);
      return written;
    }
  }

  /** Goes once through virtual hosts in their order. */
  private static final class Search {
    private final List<Written> hosts;
    private int next;

    Search(List<Written> hosts) {
      this.hosts = hosts;
    }

    @SuppressWarnings(
        "ReferenceEquality") // a host whose routes did not change is the same instance
    @Nullable Written find(HostRoutes host) {
      for (; next < hosts.size(); next++) {
        Written candidate = hosts.get(next);
        if (candidate.source == host) {
          next++;
          return candidate;
        }
        int order = candidate.source.hostname().compareTo(host.hostname());
        if (order == 0 && same(candidate.source.matches(), host.matches())) {
          next++;
          return candidate;
        }
        if (order >= 0) {
          return null;
        }
      }
      return null;
    }
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
