package dev.weir.proxy.source.ads;

import dev.weir.core.time.Ticker;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A source's thread on which what is planned for later happens when the test says so. */
final class HandTurnedClock extends ScheduledThreadPoolExecutor implements Ticker {
  /** Something planned. */
  record Later(Duration delay, Runnable task, ScheduledFuture<?> plan) {}

  private final BlockingQueue<Later> planned = new LinkedBlockingQueue<>();
  private final AtomicLong nanos = new AtomicLong();

  HandTurnedClock() {
    super(1);
    setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    if (delay == 0) {
      return super.schedule(task, 0, unit);
    }
    ScheduledFuture<?> plan = super.schedule(task, 1000, TimeUnit.DAYS);
    planned.add(new Later(Duration.of(delay, unit.toChronoUnit()), task, plan));
    return plan;
  }

  /** The next that was planned and not called off, which is to be within these bounds. */
  Later planned(Duration least, Duration most) throws InterruptedException {
    while (true) {
      Later next = Objects.requireNonNull(planned.poll(20, TimeUnit.SECONDS), "nothing planned");
      if (!next.plan().isCancelled()
          && next.delay().compareTo(least) >= 0
          && next.delay().compareTo(most) <= 0) {
        return next;
      }
    }
  }

  /** Whether something is still to happen after exactly this time. */
  boolean isPlanned(Duration delay) {
    return planned.stream()
        .anyMatch(later -> !later.plan().isCancelled() && later.delay().equals(delay));
  }

  /** Lets it happen. */
  void run(Later later) {
    if (later.plan().cancel(false)) {
      execute(later.task());
    }
  }
}
