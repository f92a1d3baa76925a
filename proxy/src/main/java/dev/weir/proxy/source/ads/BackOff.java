package dev.weir.proxy.source.ads;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Pauses between tries: at random between nothing and a bound that doubles with each, so that many
 * proxies do not come back to a controller all at once.
 */
final class BackOff {
  /** The bound of the first pause. */
  static final long SHORTEST_MILLIS = 100;

  /** The bound grows up to this. */
  static final long LONGEST_MILLIS = 30_000;

  private final RandomGenerator random;
  private long bound = SHORTEST_MILLIS;

  BackOff(RandomGenerator random) {
    this.random = random;
  }

  /** The next pause. */
  long nextNanos() {
    long pause = random.nextLong(TimeUnit.MILLISECONDS.toNanos(bound) + 1);
    bound = Math.min(2 * bound, LONGEST_MILLIS);
    return pause;
  }

  /** It went well: the next failure is the first one again. */
  void reset() {
    bound = SHORTEST_MILLIS;
  }
}
