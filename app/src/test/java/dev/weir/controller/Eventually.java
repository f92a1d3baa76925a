package dev.weir.controller;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for what happens on other threads, within bounds. */
final class Eventually {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private Eventually() {}

  /** Assertions. */
  interface Check {
    void run() throws Exception;
  }

  /** Waits until a check passes; fails as it does after a while. What it throws is not yet. */
  static void holds(Check check) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        check.run();
        return;
      } catch (AssertionError | RuntimeException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      }
    }
  }
}
