package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Attachment.Host;
import dev.weir.controlplane.topology.HostRoutes;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.RequestMatch;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Works out which matches serve which hostname of a listener, in which order, and again only for
 * hostnames whose routes come or go.
 *
 * <p>Rules of the route with the more specific hostname come first, those of less specific ones
 * follow: they serve what the first do not match (HTTPRoute {@code spec.hostnames}). Hostnames that
 * another listener of the port is more specific for are left out (listener isolation).
 */
final class HostTable {
  private final Neighbours neighbours;
  private final Map<Hostname, List<Precedence.Entry>> byHostname = new HashMap<>();

  /** Hostnames whose entries are others since {@link #hosts} was asked. */
  private final Set<Hostname> changed = new HashSet<>();

  /** The answer to {@link #hosts}, but for what changed. */
  private final SortedMap<Hostname, HostRoutes> hosts = new TreeMap<>();

  HostTable(Neighbours neighbours) {
    this.neighbours = neighbours;
    byHostname.put(neighbours.own(), new ArrayList<>());
    changed.add(neighbours.own());
    neighbours.vacant().forEach(name -> hosts.put(name, new HostRoutes(name, List.of())));
  }

  void add(Attachment attachment) {
    if (attachment.route().content() instanceof RouteContent.Http content) {
      for (Host host : attachment.hosts()) {
        if (!neighbours.take(host.served())) {
          List<Precedence.Entry> entries =
              byHostname.computeIfAbsent(host.served(), name -> new ArrayList<>(1));
          content
              .matches()
              .forEach(match ->
                  entries.add(new Precedence.Entry(attachment.route(), host.named(), match)));
          changed.add(host.served());
        }
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // what was added is taken away
  void remove(Attachment attachment) {
    for (Host host : attachment.hosts()) {
      List<Precedence.Entry> entries = byHostname.get(host.served());
      if (entries != null) {
        entries.removeIf(entry -> entry.route() == attachment.route());
        changed.add(host.served());
      }
    }
  }

  /** The hostnames of the listener, most specific first. */
  List<HostRoutes> hosts() {
    for (Hostname name : changed) {
      List<Precedence.Entry> entries = byHostname.get(name);
      if (entries == null || (entries.isEmpty() && !name.equals(neighbours.own()))) {
        byHostname.remove(name);
        hosts.remove(name);
      } else {
        entries.sort(Precedence.ORDER);
      }
    }
    for (Hostname name : affected()) {
      hosts.put(name, new HostRoutes(name, matches(name)));
    }
    changed.clear();
    return List.copyOf(hosts.values());
  }

  /** What changed, and what falls through to it. */
  private Set<Hostname> affected() {
    Set<Hostname> affected = new HashSet<>(changed);
    affected.retainAll(byHostname.keySet());
    if (changed.stream().anyMatch(Hostname::isWildcard)) {
      for (Hostname name : byHostname.keySet()) {
        if (name.wider().stream().anyMatch(changed::contains)) {
          affected.add(name);
        }
      }
    }
    return affected;
  }

  private List<RuleMatch> matches(Hostname hostname) {
    List<RuleMatch> matches = new ArrayList<>();
    Set<ObjectRef> included = new HashSet<>();
    List<Hostname> names = new ArrayList<>(List.of(hostname));
    names.addAll(hostname.wider());
    for (Hostname name : names) {
      Set<ObjectRef> here = new HashSet<>();
      for (Precedence.Entry entry : byHostname.getOrDefault(name, List.of())) {
        RuleMatch match = entry.match().match();
        // A route with both a host and a wildcard around it has its say once.
        if (included.contains(entry.route().ref())) {
          continue;
        }
        here.add(entry.route().ref());
        matches.add(match);
        if (match.match().equals(RequestMatch.ALL)) {
          return matches; // nothing gets past it
        }
      }
      included.addAll(here);
    }
    return matches;
  }
}
