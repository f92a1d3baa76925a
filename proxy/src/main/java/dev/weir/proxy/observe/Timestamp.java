package dev.weir.proxy.observe;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Writes moments of the loop's clock as {@code 2026-01-31T23:59:59.042Z}; the text of a second is
 * made once.
 */
final class Timestamp {
  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.").withZone(ZoneOffset.UTC);

  private long second = Long.MIN_VALUE;
  private byte[] text = new byte[0];

  /** Appends the moment {@code epochMillis}. */
  void append(LineBuilder line, long epochMillis) {
    long wanted = Math.floorDiv(epochMillis, 1000L);
    if (wanted != second) {
      second = wanted;
      text = SECOND.format(Instant.ofEpochSecond(wanted)).getBytes(StandardCharsets.US_ASCII);
    }
    int millis = (int) Math.floorMod(epochMillis, 1000L);
    line.ascii(text)
        .ascii((char) ('0' + millis / 100))
        .ascii((char) ('0' + millis / 10 % 10))
        .ascii((char) ('0' + millis % 10))
        .ascii('Z');
  }
}
