package dev.weir.proxy.exchange;

import dev.weir.proxy.plan.RetryPolicy;
import java.util.SplittableRandom;

/** How long an exchange pauses before it tries again. */
final class BackOff {
  private BackOff() {}

  /**
   * The pause before the next attempt: never shorter than the policy's, and at random up to twice
   * that after the first attempt, 4 times after the second and so on, so that those who failed
   * together do not come again together.
   *
   * @param attempts made so far
   * @return nanoseconds
   */
  static long nanos(RetryPolicy policy, int attempts, SplittableRandom random) {
    // 2^attempts - 1 times the shortest pause, and beyond any limit where that overflows.
    long factor = (1L << Math.min(attempts, 32)) - 1;
    long spread =
        Math.min(
            policy.longestPauseNanos() - policy.pauseNanos(),
            saturated(policy.pauseNanos(), factor));
    return policy.pauseNanos() + (spread == 0 ? 0 : random.nextLong(spread + 1));
  }

  private static long saturated(long a, long b) {
    return a > Long.MAX_VALUE / b ? Long.MAX_VALUE - 1 : a * b;
  }
}
