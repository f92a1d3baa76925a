package dev.weir.endtoend;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what has to become true, with a bound. */
final class Eventually {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private Eventually() {}

  /** Waits until {@code condition} holds; what it throws counts as not yet. */
  static void holds(String what, Callable<Boolean> condition) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Throwable last = null;
      try {
        if (condition.call()) {
          return;
        }
      } catch (Exception | AssertionError e) {
        last = e;
      }
      if (System.nanoTime() > end) {
        throw new AssertionError("not in time: " + what, last);
      }
      Thread.sleep(2);
    }
  }
}
