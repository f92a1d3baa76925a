package dev.weir.controller;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that does things one after the other. What one of them throws is logged, and the next is
 * done all the same; after the end nothing is done any more. Its methods may be called from any
 * thread.
 */
final class SerialThread implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SerialThread.class);

  private final String name;
  private final ScheduledExecutorService thread;

  SerialThread(String name) {
    this.name = name;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name(name).daemon().factory());
  }

  /** Does something and tells of its end. */
  <T> Future<T> submit(Callable<T> task) {
    return thread.submit(task);
  }

  /** Does something as soon as all before is done. */
  void run(Runnable task) {
    later(Duration.ZERO, task);
  }

  /** Does something after a while. */
  Future<?> later(Duration delay, Runnable task) {
    try {
      return thread.schedule(() -> safely(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("{} has ended", name);
      return CompletableFuture.completedFuture(null);
    }
  }

  /** Does something again and again, with a pause before each time. */
  void every(Duration pause, Runnable task) {
    thread.scheduleWithFixedDelay(
        () -> safely(task), pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void safely(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      log.error("{}: something could not be done", name, e);
    }
  }

  /** Interrupts what is being done; the rest is not done. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
