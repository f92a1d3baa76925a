package dev.weir.proxy.upstream;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How often something happened within the last interval, to a tenth of it. Shared by all loops,
 * without locks: each tenth has a slot, a number that tells which tenth it is about beside the
 * count.
 */
final class SlidingCount {
  private static final int SLOTS = 10;
  private static final long COUNT = 0xffff_ffffL;

  /** No loop is that many tenths late; a slot that seems so much ahead is very old. */
  private static final int MOST_LATE = 100 * SLOTS;

  private final long slotNanos;
  private final AtomicLongArray slots = new AtomicLongArray(SLOTS);

  /**
   * Nothing has happened yet.
   *
   * @param nanos the interval; greater than 0
   */
  SlidingCount(long nanos) {
    this.slotNanos = Math.max(1, nanos / SLOTS);
  }

  /** It happened {@code times} at {@code now}; a negative number takes back. */
  void add(long now, int times) {
    long tenth = Math.floorDiv(now, slotNanos);
    int slot = Math.floorMod(tenth, SLOTS);
    while (true) {
      long present = slots.get(slot);
      long before = present & COUNT;
      int ahead = (int) (present >> 32) - (int) tenth;
      if (before > 0 && ahead > 0 && ahead < MOST_LATE) {
        return; // this loop is late, and the slot is about another tenth
      }
      long count = (ahead == 0 ? before : 0) + times;
      if (count < 0) {
        return; // what is taken back is forgotten already
      }
      if (slots.compareAndSet(slot, present, (tenth << 32) | (count & COUNT))) {
        return;
      }
    }
  }

  /** How often it happened until {@code now}. */
  long sum(long now) {
    int tenth = (int) Math.floorDiv(now, slotNanos);
    long sum = 0;
    for (int i = 0; i < SLOTS; i++) {
      long slot = slots.get(i);
      int age = tenth - (int) (slot >> 32);
      if (age >= 0 && age < SLOTS) {
        sum += slot & COUNT;
      }
    }
    return sum;
  }
}
