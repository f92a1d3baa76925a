package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.Hostname;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The listeners around one, from which it is told apart by hostname only (listener isolation): a
 * request is for the most specific of them, whether or not that one has a route for it, or can
 * serve at all.
 *
 * @param own hostname of the listener
 * @param others hostnames of the others
 * @param vacant those of {@code others} that nobody serves and that would fall to this listener
 */
record Neighbours(Hostname own, Set<Hostname> others, Set<Hostname> vacant) {
  /**
   * Looks around.
   *
   * @param samePort all listeners of the port
   * @param sharing of these, which share the listener's way of telling requests apart
   */
  static Neighbours of(
      ListenerState listener, List<ListenerState> samePort, Predicate<ListenerState> sharing) {
    Set<Hostname> served = new HashSet<>();
    Set<Hostname> vacant = new HashSet<>();
    for (ListenerState other : samePort) {
      if (sharing.test(other)) {
        (other.serves() ? served : vacant).add(other.hostname());
      }
    }
    vacant.removeAll(served);
    Set<Hostname> others = new HashSet<>(served);
    others.addAll(vacant);
    others.remove(listener.hostname());
    Optional<Hostname> next = Optional.of(listener.hostname());
    vacant.removeIf(
        hostname -> !hostname.wider().stream().filter(served::contains).findFirst().equals(next));
    return new Neighbours(listener.hostname(), others, vacant);
  }

  /** Whether a hostname that the listener could serve is for another one. */
  boolean take(Hostname hostname) {
    return !others.isEmpty()
        && (claims(hostname) || hostname.wider().stream().anyMatch(this::claims));
  }

  private boolean claims(Hostname hostname) {
    return others.contains(hostname) && own.covers(hostname);
  }
}
