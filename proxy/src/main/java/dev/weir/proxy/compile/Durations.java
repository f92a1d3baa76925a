package dev.weir.proxy.compile;

import com.google.protobuf.Duration;
import dev.weir.core.filter.InvalidConfig;

/** Durations as nanoseconds. */
final class Durations {
  private Durations() {}

  /** At most some 292 years; a longer duration counts as that. */
  static long nanos(Duration duration, FieldPath at) throws InvalidConfig {
    if (duration.getSeconds() < 0 || duration.getNanos() < 0) {
      throw at.invalid("must not be negative");
    }
    try {
      return java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos()).toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }
}
