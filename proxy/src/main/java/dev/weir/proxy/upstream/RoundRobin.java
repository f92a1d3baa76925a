package dev.weir.proxy.upstream;

import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Each endpoint in its turn, from a random start so that workers and gateways do not march in step.
 *
 * <p>Weights: each time round, an endpoint is passed over so often that its picks are in proportion
 * to its weight. Whose turn counts follows from the number of the turn alone, so that a pick costs
 * the same however many endpoints there are, and the picks of an endpoint are spread evenly.
 */
final class RoundRobin implements Balancer {
  private static final int SCALE = 0xffff;

  private final EndpointState[] endpoints;

  /** By endpoint, the heaviest has {@link #SCALE}; null if all weigh the same. */
  private final int @Nullable [] share;

  private final SplittableRandom random;
  private long turn;

  RoundRobin(List<EndpointState> members, SplittableRandom random) {
    this.endpoints = members.toArray(EndpointState[]::new);
    this.share = shares(endpoints);
    this.random = random;
    this.turn = random.nextInt(1 << 20);
  }

  private static int @Nullable [] shares(EndpointState[] endpoints) {
    int heaviest = 1;
    boolean equal = true;
    for (EndpointState endpoint : endpoints) {
      heaviest = Math.max(heaviest, endpoint.weight());
      equal &= endpoint.weight() == endpoints[0].weight();
    }
    if (equal) {
      return null;
    }
    int[] shares = new int[endpoints.length];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Math.max(1, Math.round((float) SCALE * endpoints[i].weight() / heaviest));
    }
    return shares;
  }

  @Override
  public @Nullable EndpointState pick(long now) {
    int count = endpoints.length;
    // Twice round meets the heaviest at least once; if it is unusable, any other will do.
    for (int tries = 2 * count; tries > 0; tries--) {
      long number = turn++;
      int index = (int) (number % count);
      if (hasTurn(index, number / count) && endpoints[index].usable(now)) {
        return endpoints[index];
      }
    }
    return Balancer.anyUsable(endpoints, random, now);
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

  /** Of every {@link #SCALE} rounds an endpoint has a turn in as many as its share. */
  private boolean hasTurn(int index, long round) {
    if (share == null) {
      return true;
    }
    long position = (share[index] * round + (long) index * (SCALE / 2)) % SCALE;
    return position >= SCALE - share[index];
  }
}
