package dev.weir.proxy.observe;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Carries lines from one event loop to the writer thread without a lock, a wake-up or an object per
 * line: a ring of bytes with one writer and one reader. When the ring is full the line is dropped
 * and counted; traffic never waits for a disk.
 */
final class LineRing {
  private static final int PIECE_BYTES = 32 << 10;

  private final byte[] ring;
  private final int mask;
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong read = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();

  /** A ring of {@code capacity} bytes, a power of two. */
  LineRing(int capacity) {
    if (Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException("capacity must be a power of two: " + capacity);
    }
    this.ring = new byte[capacity];
    this.mask = capacity - 1;
  }

  /** Adds one line; on the event loop. Returns false if there was no room. */
  boolean add(byte[] line, int length) {
    long at = written.getPlain();
    if (at + length - read.getAcquire() > ring.length) {
      dropped.setRelease(dropped.getPlain() + 1);
      return false;
    }
    int start = (int) at & mask;
    int first = Math.min(length, ring.length - start);
    System.arraycopy(line, 0, ring, start, first);
    System.arraycopy(line, first, ring, 0, length - first);
    written.setRelease(at + length);
    return true;
  }

  /** Writes what has come since the last call to {@code out}; on the writer thread. */
  int drainTo(OutputStream out) throws IOException {
    long from = read.getPlain();
    int length = (int) (written.getAcquire() - from);
    int start = (int) from & mask;
    int first = Math.min(length, ring.length - start);
    try {
      write(out, start, first);
      write(out, 0, length - first);
    } finally {
      read.setRelease(from + length);
    }
    return length;
  }

  /** In pieces: a stream copies what it is given into native memory as large as that. */
  private void write(OutputStream out, int start, int length) throws IOException {
    int end = start + length;
    for (int at = start; at < end; at += PIECE_BYTES) {
      out.write(ring, at, Math.min(PIECE_BYTES, end - at));
    }
  }

  /** Lines dropped so far; any thread. */
  long dropped() {
    return dropped.getAcquire();
  }
}
