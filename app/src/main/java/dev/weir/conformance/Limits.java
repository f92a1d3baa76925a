package dev.weir.conformance;

import java.time.Duration;

/**
 * How long to wait for what need not hold at once.
 *
 * @param status until a status is as expected
 * @param traffic until traffic flows as expected
 */
record Limits(Duration status, Duration traffic) {
  /** No longer than the public suite waits. */
  static final Limits DEFAULT = new Limits(Duration.ofSeconds(20), Duration.ofSeconds(30));
}
