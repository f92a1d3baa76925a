package dev.weir.proxy.http.h1;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks at eight bytes at a time. */
final class Bytes {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH = 0x8080808080808080L;

  private Bytes() {}

  /** First position in {@code [from, to)} of a control character (below SP, or DEL), or to. */
  static int skipText(byte[] bytes, int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      long word = (long) LONG.get(bytes, at);
      long found = below(word, ' ') | equal(word, 0x7f);
      if (found != 0) {
        return at + (Long.numberOfTrailingZeros(found) >>> 3);
      }
    }
    while (at < to && (bytes[at] & 0xff) >= ' ' && bytes[at] != 0x7f) {
      at++;
    }
    return at;
  }

  /** First position in {@code [from, to)} of a byte outside {@code !} to {@code ~}, or to. */
  static int skipVisible(byte[] bytes, int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      long word = (long) LONG.get(bytes, at);
      long found = below(word, '!') | equal(word, 0x7f) | (word & HIGH);
      if (found != 0) {
        return at + (Long.numberOfTrailingZeros(found) >>> 3);
      }
    }
    while (at < to && bytes[at] >= '!' && bytes[at] != 0x7f) {
      at++;
    }
    return at;
  }

  // Both mark bytes with their high bit. A borrow may mark bytes above a true hit as well; the
  // lowest mark, the only one used, is always true.

  private static long below(long word, int limit) {
    return (word - ONES * limit) & ~word & HIGH;
  }

  private static long equal(long word, int value) {
    long zero = word ^ (ONES * value);
    return (zero - ONES) & ~zero & HIGH;
  }

  /**
   * The decimal number that fills {@code [from, to)}, or -1 if there is none or it does not fit a
   * long.
   */
  static long decimal(byte[] bytes, int from, int to) {
    if (from == to) {
      return -1;
    }
    long value = 0;
    for (int at = from; at < to; at++) {
      int digit = bytes[at] - '0';
      if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }

  /** Whether {@code [from, to)} spells {@code lower}, in any case. */
  static boolean equalsIgnoreCase(byte[] bytes, int from, int to, byte[] lower) {
    if (to - from != lower.length) {
      return false;
    }
    for (int i = 0; i < lower.length; i++) {
      byte b = bytes[from + i];
      if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != lower[i]) {
        return false;
      }
    }
    return true;
  }
}
