package dev.weir.proxy.upstream;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Of two endpoints drawn at random the one with fewer requests, which avoids the slow ones without
 * sending everybody to the same fast one. Weights: lots are drawn in proportion to them, and
 * requests are counted relative to them, so that an idle cluster shares by weight too.
 */
final class LeastRequest implements Balancer {
  private static final int DRAWS = 4;

  private final EndpointState[] endpoints;

  /** Sum of the weights up to and including the endpoint. */
  private final long[] upTo;

  private final SplittableRandom random;

  LeastRequest(List<EndpointState> members, SplittableRandom random) {
    this.endpoints = members.toArray(EndpointState[]::new);
    this.upTo = new long[endpoints.length];
    this.random = random;
    long sum = 0;
    for (int i = 0; i < endpoints.length; i++) {
      sum += endpoints[i].weight();
      upTo[i] = sum;
    }
  }

  @Override
  public @Nullable EndpointState pick(long now) {
    EndpointState first = draw(null, now);
    if (first == null) {
      return Balancer.anyUsable(endpoints, random, now);
    }
    EndpointState second = draw(first, now);
    return second != null && lessBusy(second, first) ? second : first;
  }

  @Override
  public @Nullable EndpointState pickOther(Collection<EndpointState> tried, long now) {
    EndpointState endpoint = pick(now);
    if (endpoint == null || !tried.contains(endpoint)) {
      return endpoint;
    }
    EndpointState other = Balancer.anyOther(endpoints, tried, random, now);
    return other == null ? endpoint : other;
  }

  /** A usable endpoint other than {@code not}, or null if a few draws did not find one. */
  private @Nullable EndpointState draw(@Nullable EndpointState not, long now) {
    for (int i = 0; i < DRAWS; i++) {
      long lot = random.nextLong(upTo[upTo.length - 1]);
      int found = Arrays.binarySearch(upTo, lot + 1);
      EndpointState endpoint = endpoints[found < 0 ? -found - 1 : found];
      if (endpoint != not && endpoint.usable(now)) {
        return endpoint;
      }
    }
    return null;
  }

  private static boolean lessBusy(EndpointState a, EndpointState b) {
    return (long) a.active() * b.weight() < (long) b.active() * a.weight();
  }
}
