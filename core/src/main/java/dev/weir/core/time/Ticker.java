package dev.weir.core.time;

/** A monotonic clock in nanoseconds with an arbitrary origin; tests put their own in its place. */
@FunctionalInterface
public interface Ticker {
  /** Nanoseconds; only differences have a meaning. */
  long nanos();

  /** The machine's clock. */
  static Ticker system() {
    return System::nanoTime;
  }
}
