package dev.weir.proxy.observe;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Builds one line of text as bytes, without Strings. Reused for all lines of a worker. */
final class LineBuilder {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final boolean[] PLAIN = new boolean[256];

  static {
    for (int c = ' '; c < 127; c++) {
      PLAIN[c] = c != '"' && c != '\\';
    }
  }

  /** A power of two. */
  private static final int REMEMBERED = 256;

  private byte[] bytes;
  private int length;
  private final @Nullable String[] texts;
  private final byte[][] textBytes;

  LineBuilder() {
    this(REMEMBERED);
  }

  private LineBuilder(int remembered) {
    bytes = new byte[1024];
    texts = new @Nullable String[remembered];
    textBytes = new byte[remembered][];
  }

  void clear() {
    length = 0;
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  LineBuilder ascii(byte[] text) {
    ensure(text.length);
    System.arraycopy(text, 0, bytes, length, text.length);
    length += text.length;
    return this;
  }

  LineBuilder ascii(char c) {
    ensure(1);
    bytes[length++] = (byte) c;
    return this;
  }

  /**
   * Appends text of ours: names from the configuration; what is no plain ASCII is escaped. The
   * names of one plan are the same few objects over and over: their bytes are remembered.
   */
  @SuppressWarnings("ReferenceEquality") // an equal text that is another object is made again
  LineBuilder text(String text) {
    int slot = text.hashCode() & REMEMBERED - 1;
    if (texts[slot] != text) {
      texts[slot] = text;
      textBytes[slot] = escaped(text);
    }
    return ascii(textBytes[slot]);
  }

  private static byte[] escaped(String text) {
    byte[] latin = text.getBytes(StandardCharsets.ISO_8859_1);
    LineBuilder line = new LineBuilder(0);
    line.escaped(latin, 0, latin.length);
    return Arrays.copyOf(line.bytes, line.length);
  }

  /**
   * Appends bytes that a client sent, so that they can neither end the line nor a quoted string:
   * quotes, backslashes, controls and non-ASCII become JSON escapes.
   */
  LineBuilder escaped(byte[] source, int start, int end) {
    ensure((end - start) * 6);
    byte[] to = bytes;
    int at = length;
    for (int i = start; i < end; i++) {
      byte b = source[i];
      if (PLAIN[b & 0xff]) {
        to[at++] = b;
      } else {
        to[at++] = '\\';
        if (b == '"' || b == '\\') {
          to[at++] = b;
        } else {
          to[at++] = 'u';
          to[at++] = '0';
          to[at++] = '0';
          to[at++] = HEX[(b >> 4) & 15];
          to[at++] = HEX[b & 15];
        }
      }
    }
    length = at;
    return this;
  }

  /** Appends a number that is not negative. */
  LineBuilder number(long value) {
    ensure(20);
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    long rest = value;
    for (int i = length + digits - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
    return this;
  }

  /** Appends nanoseconds as milliseconds with three digits: {@code 1.042}. */
  LineBuilder millis(long nanos) {
    long micros = nanos / 1000;
    number(micros / 1000).ascii('.');
    int part = (int) (micros % 1000);
    ensure(3);
    bytes[length++] = (byte) ('0' + part / 100);
    bytes[length++] = (byte) ('0' + part / 10 % 10);
    bytes[length++] = (byte) ('0' + part % 10);
    return this;
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }

  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }
}
