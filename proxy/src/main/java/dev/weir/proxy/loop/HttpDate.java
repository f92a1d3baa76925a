package dev.weir.proxy.loop;

import dev.weir.core.time.Ticker;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The value of {@code Date} fields (RFC 9110, section 5.6.7), formatted once a second at most. */
public final class HttpDate {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  private final Ticker ticker;
  private final LongSupplier epochMillis;
  private byte[] value = {};
  private long until;

  /**
   * A date of one event loop.
   *
   * @param epochMillis the wall clock
   */
  public HttpDate(Ticker ticker, LongSupplier epochMillis) {
    this.ticker = ticker;
    this.epochMillis = epochMillis;
    this.until = ticker.nanos();
  }

  /** The wall clock in milliseconds since 1970. */
  public long epochMillis() {
    return epochMillis.getAsLong();
  }

  /** The date of now as ASCII bytes; do not change. */
  public byte[] value() {
    long now = ticker.nanos();
    if (now - until >= 0) {
      long millis = epochMillis.getAsLong();
      value = FORMAT.format(Instant.ofEpochMilli(millis)).getBytes(StandardCharsets.US_ASCII);
      until = now + TimeUnit.MILLISECONDS.toNanos(1000 - Math.floorMod(millis, 1000));
    }
    return value;
  }
}
