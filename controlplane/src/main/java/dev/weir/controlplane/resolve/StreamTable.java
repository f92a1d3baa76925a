package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Attachment.Host;
import dev.weir.controlplane.topology.AttachedListener.HostStreams;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.StreamRule;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Works out where the connections of a listener go: of several routes, to the oldest. */
final class StreamTable {
  /** A hostname of a route. */
  private record Candidate(Hostname named, Route route, StreamRule rule) {}

  private static final Comparator<Candidate> ORDER =
      Comparator.comparing(Candidate::named)
          .thenComparing(candidate -> candidate.route.object(), Lookup.BY_AGE);

  private final Map<Hostname, Candidate> byHostname = new TreeMap<>();

  private StreamTable() {}

  /** By server name, most specific first. */
  static List<HostStreams> of(Neighbours neighbours, Collection<Attachment> attachments) {
    StreamTable table = new StreamTable();
    for (Attachment attachment : attachments) {
      if (attachment.route().content() instanceof RouteContent.Stream stream) {
        for (Host host : attachment.hosts()) {
          if (!neighbours.take(host.served())) {
            table.byHostname.merge(
                host.served(),
                new Candidate(host.named(), attachment.route(), stream.rule()),
                (one, other) -> ORDER.compare(one, other) <= 0 ? one : other);
          }
        }
      }
    }
    Map<Hostname, HostStreams> streams = new TreeMap<>();
    streams.put(neighbours.own(), new HostStreams(neighbours.own(), null));
    neighbours.vacant().forEach(name -> streams.put(name, new HostStreams(name, null)));
    table.byHostname.forEach(
        (name, candidate) -> streams.put(name, new HostStreams(name, candidate.rule)));
    return List.copyOf(streams.values());
  }

  /** Where all of them go, for listeners that know no names. */
  static @Nullable StreamRule all(Collection<Attachment> attachments) {
    return attachments.stream()
        .map(Attachment::route)
        .sorted(Comparator.comparing(Route::object, Lookup.BY_AGE))
        .map(Route::content)
        .filter(RouteContent.Stream.class::isInstance)
        .map(content -> ((RouteContent.Stream) content).rule())
        .findFirst()
        .orElse(null);
  }
}
