package dev.weir.proxy.source.ads;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Pauses between tries: at random between nothing and a bound that doubles with each, so that many
 * proxies do not come back to a controller all at once.
 */
final class BackOff {
  /** The bound of the first pause. */
  static final long SHORTEST_MILLIS = 100;

  private final RandomGenerator random;
  private final long longest;
  private long bound = SHORTEST_MILLIS;

  /** Pauses whose bound grows up to {@code longest}. */
  BackOff(RandomGenerator random, Duration longest) {
    this.random = random;
    this.longest = longest.toMillis();
  }

  /** The next pause. */
  long nextNanos() {
    long pause = random.nextLong(TimeUnit.MILLISECONDS.toNanos(bound) + 1);
    bound = Math.min(2 * bound, longest);
    return pause;
  }

  /** It went well: the next failure is the first one again. */
  void reset() {
    bound = SHORTEST_MILLIS;
  }
}
