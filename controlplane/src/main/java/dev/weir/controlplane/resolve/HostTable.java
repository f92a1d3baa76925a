package dev.weir.controlplane.resolve;

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

  /**
   * The hostnames of a listener, most specific first.
   *
   * @param others hostnames of the other listeners that share the port and the way of telling
   *     connections apart
   * @param vacant those of them that nobody serves: the table gets them, without matches
   */
  static List<HostRoutes> of(
      Hostname own,
      Collection<Hostname> others,
      Collection<Hostname> vacant,
      Collection<Attachment> attachments) {
    Set<Hostname> narrower = new HashSet<>(others);
    narrower.removeIf(other -> other.equals(own) || !own.covers(other));
    HostTable table = new HostTable();
    table.byHostname.put(own, new ArrayList<>());
    for (Attachment attachment : attachments) {
      for (Hostname hostname : attachment.hostnames()) {
        if (!isCovered(hostname, narrower)) {
          table.add(hostname, attachment.route());
        }
      }
    }
    table.byHostname.values().forEach(entries -> entries.sort(Precedence.ORDER));
    return Stream.concat(
            table.byHostname.keySet().stream()
                .map(hostname -> new HostRoutes(hostname, table.matches(hostname))),
            vacant.stream().map(hostname -> new HostRoutes(hostname, List.of())))
        .sorted(Comparator.comparing(HostRoutes::hostname))
        .toList();
  }

  private static boolean isCovered(Hostname hostname, Set<Hostname> narrower) {
    return !narrower.isEmpty()
        && (narrower.contains(hostname) || hostname.wider().stream().anyMatch(narrower::contains));
  }

  private void add(Hostname hostname, Route route) {
    List<Precedence.Entry> entries =
        byHostname.computeIfAbsent(hostname, name -> new ArrayList<>());
    route.content().matches().forEach(match -> entries.add(new Precedence.Entry(route, match)));
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
