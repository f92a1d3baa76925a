package dev.weir.endtoend;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Addresses of this machine that nobody else uses, so that every port of them is free. A port of
 * 127.0.0.1 that was free a moment ago may be the source port of the next client.
 */
public final class Loopback {
  private static final String NETWORK =
      "127.%d.%d."
          .formatted(
              ThreadLocalRandom.current().nextInt(130, 250),
              ThreadLocalRandom.current().nextInt(1, 250));
  private static final AtomicInteger LAST = new AtomicInteger();

  private Loopback() {}

  /** An address that was not given out before. */
  public static String next() {
    return NETWORK + (1 + LAST.getAndIncrement() % 250);
  }
}
