package dev.weir.proxy.http.h2;

/**
 * Tells a peer that misuses the protocol from a busy one: in a window of time, events that are only
 * work for us may outnumber neither a fixed floor nor a multiple of the useful ones. Both numbers
 * and their reasons: {@code docs/limits.md}.
 */
final class AbuseGuard {
  private static final long WINDOW_NANOS = 10_000_000_000L;

  private final int floor;
  private final int perUseful;
  private long windowStart;
  private int bad;
  private int useful;

  /**
   * @param floor bad events that are always fine
   * @param perUseful how many bad events a useful one makes up for
   */
  AbuseGuard(int floor, int perUseful) {
    this.floor = floor;
    this.perUseful = perUseful;
  }

  void useful() {
    useful++;
  }

  /** Counts a bad event at {@code now}, nanoseconds; true if that is too many. */
  boolean bad(long now) {
    if (now - windowStart >= WINDOW_NANOS) {
      windowStart = now;
      bad = 0;
      useful = 0;
    }
    bad++;
    return bad > floor && bad > (long) useful * perUseful;
  }
}
