package dev.weir.proxy.http;

/**
 * Tells a peer that misuses the protocol from a busy one: in a window of time, events that are only
 * work for us may outnumber neither a fixed floor nor a multiple of the useful ones. Both numbers
 * and their reasons: {@code docs/limits.md}.
 */
public final class AbuseGuard {
  private static final long WINDOW_NANOS = 10_000_000_000L;

  private static final int MOST_RESETS = 100;
  private static final int MOST_RESETS_FOR_A_RESPONSE = 1;
  private static final int MOST_FRAMES = 1000;
  private static final int MOST_FRAMES_FOR_A_USEFUL_ONE = 10;

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

  /** For streams that were broken off, beside those that were answered. */
  public static AbuseGuard ofResets() {
    return new AbuseGuard(MOST_RESETS, MOST_RESETS_FOR_A_RESPONSE);
  }

  /** For frames that carry nothing, beside those that do. */
  public static AbuseGuard ofFrames() {
    return new AbuseGuard(MOST_FRAMES, MOST_FRAMES_FOR_A_USEFUL_ONE);
  }

  public void useful() {
    useful++;
  }

  /** Counts a bad event at {@code now}, nanoseconds; true if that is too many. */
  public boolean bad(long now) {
    if (now - windowStart >= WINDOW_NANOS) {
      windowStart = now;
      bad = 0;
      useful = 0;
    }
    bad++;
    return bad > floor && bad > (long) useful * perUseful;
  }
}
