package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Attachment.Host;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.ListenerRef;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps routes of different kinds apart: on one listener, HTTPRoutes and GRPCRoutes must not have a
 * host in common; the older route wins (GRPCRoute {@code spec.hostnames}).
 */
final class KindConflicts {
  private final Map<ListenerRef, Map<RouteKind<?>, Names>> names = new HashMap<>();

  /**
   * The hostnames of one kind at a listener, and of how many routes each is.
   *
   * @param asked of all routes that would serve there
   * @param admitted of those that do
   */
  private record Names(Map<Hostname, Integer> asked, Map<Hostname, Integer> admitted) {
    Names() {
      this(new HashMap<>(), new HashMap<>());
    }
  }

  /**
   * What became of a route that asks for hostnames at a listener.
   *
   * @param admitted whether it may serve them
   * @param contested whether routes of another kind ask for some of them: then the answer depends
   *     on who came first
   */
  record Answer(boolean admitted, boolean contested) {}

  /** Asks for a route. Those that are older must have asked before. */
  Answer ask(ListenerRef listener, Route route, List<Host> hosts) {
    Map<RouteKind<?>, Names> byKind = names.computeIfAbsent(listener, l -> new HashMap<>());
    boolean contested = false;
    boolean admitted = true;
    for (Map.Entry<RouteKind<?>, Names> other : byKind.entrySet()) {
      if (!other.getKey().equals(route.kind())) {
        contested |= overlap(hosts, other.getValue().asked.keySet());
        admitted &= !contested || !overlap(hosts, other.getValue().admitted.keySet());
      }
    }
    Names own = byKind.computeIfAbsent(route.kind(), kind -> new Names());
    for (Host host : hosts) {
      own.asked.merge(host.served(), 1, Integer::sum);
      if (admitted) {
        own.admitted.merge(host.served(), 1, Integer::sum);
      }
    }
    return new Answer(admitted, contested);
  }

  /** Takes back what {@link #ask} was told; whether it was contested by now. */
  boolean release(ListenerRef listener, Route route, List<Host> hosts, boolean admitted) {
    Map<RouteKind<?>, Names> byKind = names.getOrDefault(listener, Map.of());
    boolean contested = false;
    for (Map.Entry<RouteKind<?>, Names> each : byKind.entrySet()) {
      if (!each.getKey().equals(route.kind())) {
        contested |= overlap(hosts, each.getValue().asked.keySet());
        continue;
      }
      for (Host host : hosts) {
        decrement(each.getValue().asked, host.served());
        if (admitted) {
          decrement(each.getValue().admitted, host.served());
        }
      }
    }
    return contested;
  }

  private static void decrement(Map<Hostname, Integer> counts, Hostname name) {
    counts.computeIfPresent(name, (key, count) -> count == 1 ? null : count - 1);
  }

  private static boolean overlap(List<Host> hosts, Set<Hostname> taken) {
    if (taken.isEmpty()) {
      return false;
    }
    for (Host host : hosts) {
      if (overlaps(host.served(), taken)) {
        return true;
      }
    }
    return false;
  }

  private static boolean overlaps(Hostname name, Set<Hostname> taken) {
    return taken.contains(name)
        || name.wider().stream().anyMatch(taken::contains)
        || (name.isWildcard() && taken.stream().anyMatch(name::covers));
  }
}
