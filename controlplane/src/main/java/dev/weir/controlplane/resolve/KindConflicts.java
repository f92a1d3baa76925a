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
    List<Hostname> wanted = hosts.stream().map(Host::served).toList();
    Map<RouteKind<?>, Set<Hostname>> byKind =
        hostnames.computeIfAbsent(listener, l -> new HashMap<>());
    boolean free =
        byKind.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(route.kind()))
            .noneMatch(entry -> wanted.stream().anyMatch(name -> overlaps(name, entry.getValue())));
    if (free) {
      byKind.computeIfAbsent(route.kind(), kind -> new HashSet<>()).addAll(wanted);
    }
    return free;
  }

  private static boolean overlaps(Hostname name, Collection<Hostname> taken) {
    return taken.contains(name)
        || name.wider().stream().anyMatch(taken::contains)
        || (name.isWildcard() && taken.stream().anyMatch(name::covers));
  }
}
