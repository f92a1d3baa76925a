package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what has to become true, with a bound. */
public final class Eventually {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private Eventually() {}

  /** Assertions. */
  public interface Check {
    void run() throws Exception;
  }

  /** Waits until {@code condition} holds; what it throws counts as not yet. */
  static void holds(String what, Callable<Boolean> condition) throws InterruptedException {
    await(what, () -> assertThat(condition.call()).isTrue());
  }

  /** Waits until a check passes; what it throws counts as not yet. */
  public static void holds(Check check) throws InterruptedException {
    await("see the cause", check);
  }

  private static void await(String what, Check check) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        check.run();
        return;
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception | AssertionError e) {
        if (System.nanoTime() > end) {
          throw new AssertionError("not in time: " + what, e);
        }
      }
      Thread.sleep(5);
    }
  }
}
