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

  /** Sum of the weights up to and including the endpoint; null if all weigh the same. */
  private final long @Nullable [] upTo;

  private final SplittableRandom random;

  LeastRequest(List<EndpointState> members, SplittableRandom random) {
    this.endpoints = members.toArray(EndpointState[]::new);
    this.upTo = sums(endpoints);
    this.random = random;
  }

  private static long @Nullable [] sums(EndpointState[] endpoints) {
    long[] sums = new long[endpoints.length];
    boolean equal = true;
    long sum = 0;
    for (int i = 0; i < endpoints.length; i++) {
      equal &= endpoints[i].weight() == endpoints[0].weight();
      sum += endpoints[i].weight();
      sums[i] = sum;
    }
    return equal ? null : sums;
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
      EndpointState endpoint = endpoints[lot()];
      if (endpoint != not && endpoint.usable(now)) {
        return endpoint;
      }
    }
    return null;
  }

  private int lot() {
    if (upTo == null) {
      return random.nextInt(endpoints.length);
    }
    int found = Arrays.binarySearch(upTo, random.nextLong(upTo[upTo.length - 1]) + 1);
    return found < 0 ? -found - 1 : found;
  }

  private static boolean lessBusy(EndpointState a, EndpointState b) {
    return (long) a.active() * b.weight() < (long) b.active() * a.weight();
  }
}
