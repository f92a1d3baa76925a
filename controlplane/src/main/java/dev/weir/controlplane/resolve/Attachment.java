package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.Hostname;
import java.util.ArrayList;
import java.util.List;

/**
 * A route at a listener.
 *
 * @param hosts for which it serves there; not empty, no two for the same hostname
 */
record Attachment(Route route, List<Host> hosts) {
  Attachment {
    hosts = List.copyOf(hosts);
  }

  /**
   * A hostname of a route at a listener.
   *
   * @param served what both have in common
   * @param named what the route says, which decides about precedence
   */
  record Host(Hostname served, Hostname named) {}

  /** The hostnames that a route and a listener have in common. */
  static List<Host> hosts(Hostname listener, Route route) {
    List<Host> hosts = new ArrayList<>();
    // The most specific first: if several names come to the same, that one counts.
    for (Hostname named : route.hostnames()) {
      Hostname served = listener.intersect(named);
      if (served != null && !holds(hosts, served)) {
        hosts.add(new Host(served, named));
      }
    }
    return List.copyOf(hosts);
  }

  private static boolean holds(List<Host> hosts, Hostname served) {
    for (Host host : hosts) {
      if (host.served.equals(served)) {
        return true;
      }
    }
    return false;
  }
}
