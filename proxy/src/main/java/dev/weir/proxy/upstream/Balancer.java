package dev.weir.proxy.upstream;

import java.util.Collection;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Picks among endpoints of the same priority. */
sealed interface Balancer permits RoundRobin, LeastRequest {
  /** One of the endpoints that are usable, or null if none is. */
  @Nullable EndpointState pick(long now);

  /** As {@link #pick}, but one that is not among {@code tried} if there is a usable one. */
  @Nullable EndpointState pickOther(Collection<EndpointState> tried, long now);

  /** The first usable one, searched from a random place; null if there is none. */
  static @Nullable EndpointState anyUsable(
      EndpointState[] endpoints, SplittableRandom random, long now) {
    return anyOther(endpoints, Set.of(), random, now);
  }

  /** As {@link #anyUsable}, but none of {@code tried}. */
  static @Nullable EndpointState anyOther(
      EndpointState[] endpoints,
      Collection<EndpointState> tried,
      SplittableRandom random,
      long now) {
    int start = random.nextInt(endpoints.length);
    for (int i = 0; i < endpoints.length; i++) {
      EndpointState endpoint = endpoints[(start + i) % endpoints.length];
      if (endpoint.usable(now) && !tried.contains(endpoint)) {
        return endpoint;
      }
    }
    return null;
  }
}
