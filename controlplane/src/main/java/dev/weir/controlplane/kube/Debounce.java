package dev.weir.controlplane.kube;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Makes one action of many changes: when it became quiet, or when the first has waited enough. */
final class Debounce {
  private final ScheduledExecutorService thread;
  private final long quiet;
  private final long patience;
  private final Runnable action;
  private boolean pending;
  private long first;
  private long latest;

  Debounce(ScheduledExecutorService thread, Duration quiet, Duration patience, Runnable action) {
    this.thread = thread;
    this.quiet = quiet.toNanos();
    this.patience = patience.toNanos();
    this.action = action;
  }

  /** Something changed; on any thread. */
  synchronized void changed() {
    latest = System.nanoTime();
    if (!pending) {
      pending = true;
      first = latest;
      wakeIn(quiet);
    }
  }

  private void wakeIn(long nanos) {
    try {
      thread.schedule(this::wake, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      pending = false; // closed
    }
  }

  private void wake() {
    synchronized (this) {
      long now = System.nanoTime();
      long wait = Math.min(latest + quiet - now, first + patience - now);
      if (wait > 0) {
        wakeIn(wait);
        return;
      }
      pending = false;
    }
    action.run();
  }
}
