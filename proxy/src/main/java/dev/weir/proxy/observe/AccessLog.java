package dev.weir.proxy.observe;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.time.Ticker;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A line for every request, and for every connection or session that was passed on as it came.
 * Event loops format their lines into rings of their own; one thread of the log collects them and
 * writes them to the output, so that a slow disk costs lines (which are counted), not latency.
 */
public final class AccessLog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AccessLog.class);
  private static final int RING_BYTES = 1 << 20;
  private static final long IDLE_PAUSE_MILLIS = 100;
  private static final long BUSY_PAUSE_MILLIS = 5;

  /** How a line looks. */
  public enum Format {
    /** One JSON object a line. */
    JSON,
    /** Made to be read by people. */
    TEXT
  }

  private final OutputStream out;
  private final Format format;
  private final Ticker ticker;
  private final LongSupplier wallMillis;
  private final List<LineRing> rings = new ArrayList<>();
  private final Thread writer;
  private volatile long epochOffsetNanos;
  private volatile boolean closed;

  /**
   * A log that writes to {@code out} and closes it at the end.
   *
   * @param wallMillis wall clock, milliseconds since 1970
   */
  public AccessLog(OutputStream out, Format format, Ticker ticker, LongSupplier wallMillis) {
    this.out = out;
    this.format = format;
    this.ticker = ticker;
    this.wallMillis = wallMillis;
    synchroniseClocks();
    this.writer = Thread.ofPlatform().daemon().name("access-log").start(this::write);
  }

  /** The observer of one worker, which formats on that worker's loop. */
  public ExchangeObserver forWorker() {
    LineRing ring = new LineRing(RING_BYTES);
    synchronized (rings) {
      rings.add(ring);
    }
    LineFormat lines = format == Format.JSON ? new JsonLine() : new TextLine();
    return new WorkerLog(ring, lines);
  }

  /** Lines that found no room, over all workers. */
  public long dropped() {
    synchronized (rings) {
      return rings.stream().mapToLong(LineRing::dropped).sum();
    }
  }

  /** Writes what is there and ends. */
  @Override
  public void close() throws IOException {
    closed = true;
    writer.interrupt();
    try {
      writer.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    out.close();
  }

  private void write() {
    boolean failing = false;
    long pauseMillis = IDLE_PAUSE_MILLIS;
    while (true) {
      boolean last = closed;
      try {
        pauseMillis = pauseAfter(drain(), pauseMillis);
        failing = false;
      } catch (IOException e) {
        if (!failing) {
          log.error("the access log cannot be written: {}", e.getMessage());
        }
        failing = true;
      }
      if (last) {
        return;
      }
      synchroniseClocks();
      try {
        TimeUnit.MILLISECONDS.sleep(pauseMillis);
      } catch (InterruptedException e) {
        // close() wants the rest to be written now.
        closed = true;
      }
    }
  }

  /**
   * Wake-ups and writes take time from the loops: a hundred a second were 6 % of all at 4,000
   * requests/s. So there are as few as the rings allow, with room for a burst of three times as
   * much.
   */
  private static long pauseAfter(int fullest, long pauseMillis) {
    if (fullest > RING_BYTES / 4) {
      return Math.max(BUSY_PAUSE_MILLIS, pauseMillis / 2);
    }
    return fullest > RING_BYTES / 16 ? pauseMillis : Math.min(IDLE_PAUSE_MILLIS, 2 * pauseMillis);
  }

  /** Writes what is there; returns the bytes of the ring that had most. */
  private int drain() throws IOException {
    List<LineRing> all;
    synchronized (rings) {
      all = List.copyOf(rings);
    }
    int fullest = 0;
    for (LineRing ring : all) {
      fullest = Math.max(fullest, ring.drainTo(out));
    }
    if (fullest > 0) {
      out.flush();
    }
    return fullest;
  }

  private void synchroniseClocks() {
    epochOffsetNanos = TimeUnit.MILLISECONDS.toNanos(wallMillis.getAsLong()) - ticker.nanos();
  }

  private long epochMillis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos + epochOffsetNanos);
  }

  /** Puts one kind of line together. */
  interface LineFormat {
    void exchange(LineBuilder line, Timestamp time, long epochMillis, CompletedExchange exchange);

    void rejected(
        LineBuilder line,
        Timestamp time,
        long epochMillis,
        String listener,
        String peer,
        Failure failure);

    void relay(LineBuilder line, Timestamp time, long epochMillis, CompletedRelay relay);

    void refused(
        LineBuilder line,
        Timestamp time,
        long epochMillis,
        String listener,
        String peer,
        Failure failure);
  }

  private final class WorkerLog implements ExchangeObserver, RelayObserver {
    private final LineRing ring;
    private final LineFormat format;
    private final LineBuilder line = new LineBuilder();
    private final Timestamp time = new Timestamp();

    WorkerLog(LineRing ring, LineFormat format) {
      this.ring = ring;
      this.format = format;
    }

    @Override
    public void completed(CompletedExchange exchange) {
      line.clear();
      format.exchange(line, time, epochMillis(exchange.startNanos()), exchange);
      ring.add(line.bytes(), line.length());
    }

    @Override
    public void rejected(String listener, String peerAddress, Failure failure) {
      line.clear();
      format.rejected(line, time, epochMillis(ticker.nanos()), listener, peerAddress, failure);
      ring.add(line.bytes(), line.length());
    }

    @Override
    public RelayObserver relays() {
      return this;
    }

    @Override
    public void opened(String listener, String route) {
      // The line is written at the end.
    }

    @Override
    public void completed(CompletedRelay relay) {
      line.clear();
      format.relay(line, time, epochMillis(relay.startNanos()), relay);
      ring.add(line.bytes(), line.length());
    }

    @Override
    public void refused(String listener, String peerAddress, Failure failure) {
      line.clear();
      format.refused(line, time, epochMillis(ticker.nanos()), listener, peerAddress, failure);
      ring.add(line.bytes(), line.length());
    }

    @Override
    public void dropped(String listener, Reason reason) {
      // A flood of forged datagrams is not to be a flood of lines: metrics count them.
    }
  }
}
