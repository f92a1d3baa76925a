package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.Beyond;
import dev.weir.controlplane.topology.HostRoutes;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.core.problem.ObjectRef;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Remembers virtual hosts, so that a change of one route writes only those that it serves. Forgets
 * what the last run did not ask for. Not for concurrent use.
 */
final class KnownHosts {
  private Map<Place, List<Written>> previous = new HashMap<>();
  private Map<Place, List<Written>> current = new HashMap<>();

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
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Written(
      HostRoutes source,
      VirtualHost message,
      byte[] hash,
      Map<String, ResolvedBackend> clusters,
      FilterUse filters) {}

  void startRun() {
    previous = current;
    current = new HashMap<>();
  }

  /** The virtual hosts of one place; to be asked for once in a run. */
  Hosts at(Place place, int size) {
    List<Written> now = new ArrayList<>(size);
    current.put(place, now);
    return new Hosts(previous.getOrDefault(place, List.of()), now);
  }

  /** The virtual hosts of one place, most specific first. */
  static final class Hosts {
    private final List<Written> before;
    private final List<Written> now;
    private int next;

    private Hosts(List<Written> before, List<Written> now) {
      this.before = before;
      this.now = now;
    }

    /** The next one: that of the run before if it had the same matches, or else a new one. */
    Written written(HostRoutes host, Function<HostRoutes, Written> write) {
      Written known = find(host);
      Written written = known == null ? write.apply(host) : known;
      now.add(written);
      return written;
    }

    @SuppressWarnings(
        "ReferenceEquality") // a host whose routes did not change is the same instance
    private @Nullable Written find(HostRoutes host) {
      for (; next < before.size(); next++) {
        Written candidate = before.get(next);
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
