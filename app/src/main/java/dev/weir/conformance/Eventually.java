package dev.weir.conformance;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Expectations need not hold at once, but within a time. */
final class Eventually {
  private static final Duration POLL = Duration.ofMillis(20);
  private static final int IN_A_ROW = 3;

  private Eventually() {}

  /** Looks once. */
  interface Look {
    /**
     * Compares once.
     *
     * @return what is not as expected; empty if all is
     * @throws IOException what is not as expected, too
     * @throws StepFailure no further look can help
     */
    List<String> differences() throws IOException, StepFailure, InterruptedException;
  }

  /** Waits until a look finds nothing. */
  static void once(Duration limit, Look look) throws StepFailure, InterruptedException {
    hold(limit, 1, look);
  }

  /** Waits until three looks in a row find nothing; one that finds something starts anew. */
  static void consistently(Duration limit, Look look) throws StepFailure, InterruptedException {
    hold(limit, IN_A_ROW, look);
  }

  private static void hold(Duration limit, int times, Look look)
      throws StepFailure, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    int successes = 0;
    while (true) {
      List<String> differences;
      try {
        differences = look.differences();
      } catch (IOException e) {
        differences = List.of(e.getMessage() == null ? e.toString() : e.getMessage());
      }
      if (differences.isEmpty()) {
        successes++;
        if (successes == times) {
          return;
        }
        continue;
      }
      successes = 0;
      if (System.nanoTime() >= end) {
        throw new StepFailure(String.join("; ", differences));
      }
      Thread.sleep(POLL);
    }
  }
}
