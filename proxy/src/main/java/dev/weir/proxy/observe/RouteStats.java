package dev.weir.proxy.observe;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counters of one route (or cluster) on one worker. One thread writes, others read: each value is
 * published with a plain release store, no locked instruction.
 */
final class RouteStats {
  /** Upper bounds of the duration buckets in nanoseconds; the last bucket has none. */
  static final long[] BOUNDS = {
    nanos(0.0005),
    nanos(0.001),
    nanos(0.0025),
    nanos(0.005),
    nanos(0.01),
    nanos(0.025),
    nanos(0.05),
    nanos(0.1),
    nanos(0.25),
    nanos(0.5),
    nanos(1),
    nanos(2.5),
    nanos(5),
    nanos(10)
  };

  private static final int CLASSES = 6; // none, 1xx .. 5xx
  private static final int BUCKETS = CLASSES;
  private static final int DURATION_SUM = BUCKETS + BOUNDS.length + 1;
  private static final int RECEIVED = DURATION_SUM + 1;
  private static final int SENT = RECEIVED + 1;
  private static final int ATTEMPTS = SENT + 1;

  private final AtomicLongArray values = new AtomicLongArray(ATTEMPTS + 1);

  private static long nanos(double seconds) {
    return (long) (seconds * TimeUnit.SECONDS.toNanos(1));
  }

  /** Counts one exchange; on the worker's loop. */
  void count(CompletedExchange exchange) {
    add(Math.min(exchange.status() / 100, CLASSES - 1), 1);
    long duration = exchange.durationNanos();
    int bucket = 0;
    while (bucket < BOUNDS.length && duration > BOUNDS[bucket]) {
      bucket++;
    }
    add(BUCKETS + bucket, 1);
    add(DURATION_SUM, duration);
    add(RECEIVED, exchange.bytesReceived());
    add(SENT, exchange.bytesSent());
    add(ATTEMPTS, exchange.attempts());
  }

  private void add(int index, long value) {
    values.setRelease(index, values.getPlain(index) + value);
  }

  /** Adds what {@code that} counted; both read by any thread, this written by one. */
  void addAll(RouteStats that) {
    for (int i = 0; i < values.length(); i++) {
      add(i, that.values.getAcquire(i));
    }
  }

  /** Exchanges whose status had that first digit; 0 for those without a status. */
  long ofClass(int firstDigit) {
    return values.getAcquire(firstDigit);
  }

  long[] buckets() {
    long[] counts = new long[BOUNDS.length + 1];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = values.getAcquire(BUCKETS + i);
    }
    return counts;
  }

  long durationNanos() {
    return values.getAcquire(DURATION_SUM);
  }

  long bytesReceived() {
    return values.getAcquire(RECEIVED);
  }

  long bytesSent() {
    return values.getAcquire(SENT);
  }

  long attempts() {
    return values.getAcquire(ATTEMPTS);
  }
}
