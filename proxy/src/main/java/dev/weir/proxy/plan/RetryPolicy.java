package dev.weir.proxy.plan;

import java.util.BitSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * When an attempt that failed is followed by another, and after which pause.
 *
 * @param conditions failures that call for it
 * @param statuses responses that call for it; not changed once it is here
 * @param retries attempts beyond the first; at least 1
 * @param pauseNanos the shortest pause before an attempt; grows with their number
 * @param longestPauseNanos the pause does not grow further; at least {@code pauseNanos}
 */
public record RetryPolicy(
    Set<Condition> conditions,
    BitSet statuses,
    int retries,
    long pauseNanos,
    long longestPauseNanos) {

  /** How an attempt fails without a response. */
  public enum Condition {
    /** There was no connection to the endpoint. */
    CONNECT_FAILURE,
    /** The endpoint refused the stream unseen (RFC 9113, section 8.7). */
    REFUSED_STREAM,
    /** No response head for whatever reason, those above and the time of one attempt included. */
    RESET
  }

  public RetryPolicy {
    conditions = Set.copyOf(conditions);
  }

  /** Whether a response with that status calls for another attempt. */
  public boolean on(int status) {
    return statuses.get(status);
  }

  /**
   * The pause before the next attempt: never shorter than {@link #pauseNanos}, and at random up to
   * twice that after the first attempt, 4 times after the second and so on, so that those who
   * failed together do not come again together.
   *
   * @param attempts made so far
   */
  public long pause(int attempts, RandomGenerator random) {
    // 2^attempts - 1 times the shortest pause, and beyond any limit where that overflows.
    long factor = (1L << Math.min(attempts, 32)) - 1;
    long spread = Math.min(longestPauseNanos - pauseNanos, saturated(pauseNanos, factor));
    return pauseNanos + (spread == 0 ? 0 : random.nextLong(spread + 1));
  }

  private static long saturated(long a, long b) {
    return a > Long.MAX_VALUE / b ? Long.MAX_VALUE - 1 : a * b;
  }
}
