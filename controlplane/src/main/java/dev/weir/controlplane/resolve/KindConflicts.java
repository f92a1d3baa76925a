package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Attachment.Host;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.ListenerRef;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps routes of different kinds apart: on one listener, HTTPRoutes and GRPCRoutes must not have a
 * host in common; the older route wins (GRPCRoute {@code spec.hostnames}).
 */
final class KindConflicts {
  private final Map<ListenerRef, Map<RouteKind<?>, Set<Hostname>>> hostnames = new HashMap<>();

  /** Whether the route may serve these hostnames at the listener; if so they are its kind's. */
  boolean admit(ListenerRef listener, Route route, List<Host> hosts) {
    Map<RouteKind<?>, Set<Hostname>> byKind =
        hostnames.computeIfAbsent(listener, l -> new HashMap<>());
    for (Map.Entry<RouteKind<?>, Set<Hostname>> other : byKind.entrySet()) {
      if (!other.getKey().equals(route.kind())
          && hosts.stream().anyMatch(host -> overlaps(host.served(), other.getValue()))) {
        return false;
      }
    }
    Set<Hostname> own = byKind.computeIfAbsent(route.kind(), kind -> new HashSet<>());
    hosts.forEach(host -> own.add(host.served()));
    return true;
  }

  private static boolean overlaps(Hostname name, Collection<Hostname> taken) {
    return taken.contains(name)
        || name.wider().stream().anyMatch(taken::contains)
        || (name.isWildcard() && taken.stream().anyMatch(name::covers));
  }
}
