package dev.weir.proxy.http.h1;

import java.util.function.LongSupplier;

/** Waits until a number that grows stops growing. */
final class Settled {
  private static final long QUIET_NANOS = 300_000_000L;

  private Settled() {}

  /** The number, once it was more than 0 and has not changed for a while. */
  static long value(LongSupplier number) {
    long[] last = {0, System.nanoTime()};
    Ground.await(() -> {
      long now = number.getAsLong();
      if (now != last[0]) {
        last[0] = now;
        last[1] = System.nanoTime();
      }
      return now > 0 && System.nanoTime() - last[1] > QUIET_NANOS;
    });
    return last[0];
  }
}
