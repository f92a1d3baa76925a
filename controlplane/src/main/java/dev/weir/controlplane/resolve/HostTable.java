package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Attachment.Host;
import dev.weir.controlplane.topology.HostRoutes;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.RequestMatch;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Works out which matches serve which hostname of a listener, in which order.
 *
 * <p>Rules of the route with the more specific hostname come first, those of less specific ones
 * follow: they serve what the first do not match (HTTPRoute {@code spec.hostnames}). Hostnames that
 * another listener of the port is more specific for are left out (listener isolation).
 */
final class HostTable {
  private final Map<Hostname, List<Precedence.Entry>> byHostname = new TreeMap<>();

  private HostTable() {}

  /** The hostnames of a listener, most specific first. */
  static List<HostRoutes> of(Neighbours neighbours, Collection<Attachment> attachments) {
    HostTable table = new HostTable();
    table.byHostname.put(neighbours.own(), new ArrayList<>());
    for (Attachment attachment : attachments) {
      if (attachment.route().content() instanceof RouteContent.Http content) {
        for (Host host : attachment.hosts()) {
          if (!neighbours.take(host.served())) {
            table.add(host, attachment.route(), content);
          }
        }
      }
    }
    table.byHostname.values().forEach(entries -> entries.sort(Precedence.ORDER));
    return Stream.concat(
            table.byHostname.keySet().stream()
                .map(hostname -> new HostRoutes(hostname, table.matches(hostname))),
            neighbours.vacant().stream().map(hostname -> new HostRoutes(hostname, List.of())))
        .sorted(Comparator.comparing(HostRoutes::hostname))
        .toList();
  }

  private void add(Host host, Route route, RouteContent.Http content) {
    List<Precedence.Entry> entries =
        byHostname.computeIfAbsent(host.served(), name -> new ArrayList<>());
    content
        .matches()
        .forEach(match -> entries.add(new Precedence.Entry(route, host.named(), match)));
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
