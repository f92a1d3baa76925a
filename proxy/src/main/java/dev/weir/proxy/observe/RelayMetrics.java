package dev.weir.proxy.observe;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ToLongFunction;

/**
 * Counts connections and sessions of one worker that are passed on as they come, by listener and
 * route; like {@link RequestMetrics}, whose part it is.
 */
@SuppressWarnings("EnumOrdinal") // an index into counters of this process, never stored
final class RelayMetrics implements RelayObserver {
  private static final Series OTHER = new Series("(other)", "(other)");

  private record Series(String listener, String route) implements Comparable<Series> {
    Labels labels() {
      return Labels.of("listener", listener, "route", route);
    }

    @Override
    public int compareTo(Series that) {
      int byListener = listener.compareTo(that.listener);
      return byListener != 0 ? byListener : route.compareTo(that.route);
    }
  }

  /** Numbers of one series. One thread writes, others read. */
  private static final class Counts {
    /** Before {@link #OPENED} in the order of reading: what ends meanwhile is not negative. */
    private static final int COMPLETED = 0;

    private static final int OPENED = 1;
    private static final int RECEIVED = 2;
    private static final int SENT = 3;
    private static final int DATAGRAMS_RECEIVED = 4;
    private static final int DATAGRAMS_SENT = 5;

    private final AtomicLongArray values = new AtomicLongArray(6);

    void add(int index, long value) {
      values.setRelease(index, values.getPlain(index) + value);
    }

    void complete(CompletedRelay relay) {
      add(COMPLETED, 1);
      add(RECEIVED, relay.bytesReceived());
      add(SENT, relay.bytesSent());
      add(DATAGRAMS_RECEIVED, relay.datagramsReceived());
      add(DATAGRAMS_SENT, relay.datagramsSent());
    }

    void addAll(Counts that) {
      for (int i = 0; i < values.length(); i++) {
        add(i, that.get(i));
      }
    }

    long get(int index) {
      return values.getAcquire(index);
    }
  }

  /** By listener, then by route: no key is made for a look-up. */
  private final Map<String, Map<String, Counts>> byListener = new ConcurrentHashMap<>();

  private final Map<String, AtomicLongArray> failures = new ConcurrentHashMap<>();
  private final Map<String, AtomicLongArray> drops = new ConcurrentHashMap<>();
  private int series;

  // --- on the worker's loop --------------------------------------------------------------------

  @Override
  public void opened(String listener, String route) {
    counts(listener, route).add(Counts.OPENED, 1);
  }

  @Override
  public void completed(CompletedRelay relay) {
    counts(relay.listener(), relay.route()).complete(relay);
    Reason reason = relay.reason();
    if (reason != null) {
      count(failures, relay.listener(), reason);
    }
  }

  @Override
  public void refused(String listener, String peerAddress, Failure failure) {
    count(failures, listener, failure.reason());
  }

  @Override
  public void dropped(String listener, Reason reason) {
    count(drops, listener, reason);
  }

  private Counts counts(String listener, String route) {
    Map<String, Counts> routes = byListener.get(listener);
    if (routes == null) {
      routes = new ConcurrentHashMap<>();
      byListener.put(listener, routes);
    }
    Counts counts = routes.get(route);
    if (counts == null) {
      if (series >= RequestMetrics.MAX_SERIES && !route.equals(OTHER.route())) {
        return counts(OTHER.listener(), OTHER.route());
      }
      series++;
      counts = new Counts();
      routes.put(route, counts);
    }
    return counts;
  }

  private static void count(Map<String, AtomicLongArray> all, String listener, Reason reason) {
    AtomicLongArray counts = all.get(listener);
    if (counts == null) {
      counts = new AtomicLongArray(Reason.values().length);
      all.put(listener, counts);
    }
    counts.setRelease(reason.ordinal(), counts.getPlain(reason.ordinal()) + 1);
  }

  // --- on the scraping thread ------------------------------------------------------------------

  /** What all workers together have counted; nothing before there was a relay. */
  static List<MetricSnapshot> collect(List<RelayMetrics> workers) {
    Map<Series, Counts> sum = new TreeMap<>();
    for (RelayMetrics worker : workers) {
      worker.byListener.forEach((listener, routes) ->
          routes.forEach((route, counts) ->
              sum.computeIfAbsent(new Series(listener, route), s -> new Counts()).addAll(counts)));
    }
    List<MetricSnapshot> metrics = new ArrayList<>();
    if (!sum.isEmpty()) {
      metrics.add(
          counter(
              "weir_relays",
              "TCP connections and UDP sessions that were passed on.",
              sum,
              counts -> counts.get(Counts.OPENED)));
      metrics.add(active(sum));
      metrics.add(
          counter(
              "weir_relay_received_bytes",
              "Bytes from clients in TCP connections and UDP sessions that ended.",
              sum,
              counts -> counts.get(Counts.RECEIVED)));
      metrics.add(
          counter(
              "weir_relay_sent_bytes",
              "Bytes to clients in TCP connections and UDP sessions that ended.",
              sum,
              counts -> counts.get(Counts.SENT)));
      metrics.add(
          counter(
              "weir_relay_received_datagrams",
              "Datagrams from clients in UDP sessions that ended.",
              sum,
              counts -> counts.get(Counts.DATAGRAMS_RECEIVED)));
      metrics.add(
          counter(
              "weir_relay_sent_datagrams",
              "Datagrams to clients in UDP sessions that ended.",
              sum,
              counts -> counts.get(Counts.DATAGRAMS_SENT)));
    }
    reasons(
        "weir_relay_failures",
        "TCP connections and UDP sessions that the gateway ended or that broke off, by reason.",
        workers.stream().map(worker -> worker.failures).toList(),
        metrics);
    reasons(
        "weir_dropped_datagrams",
        "Datagrams that went nowhere, by reason.",
        workers.stream().map(worker -> worker.drops).toList(),
        metrics);
    return metrics;
  }

  private static MetricSnapshot counter(
      String name, String help, Map<Series, Counts> sum, ToLongFunction<Counts> value) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
    sum.forEach((series, counts) ->
        counter.dataPoint(
            CounterSnapshot.CounterDataPointSnapshot.builder()
                .labels(series.labels())
                .value((double) value.applyAsLong(counts))
                .build()));
    return counter.build();
  }

  private static MetricSnapshot active(Map<Series, Counts> sum) {
    GaugeSnapshot.Builder gauge =
        GaugeSnapshot.builder()
            .name("weir_relays_active")
            .help("TCP connections and UDP sessions that are open.");
    sum.forEach((series, counts) ->
        gauge.dataPoint(
            GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .labels(series.labels())
                .value((double) (counts.get(Counts.OPENED) - counts.get(Counts.COMPLETED)))
                .build()));
    return gauge.build();
  }

  private static void reasons(
      String name,
      String help,
      List<Map<String, AtomicLongArray>> workers,
      List<MetricSnapshot> metrics) {
    Map<String, long[]> sum = new TreeMap<>();
    for (Map<String, AtomicLongArray> worker : workers) {
      worker.forEach((listener, counts) -> {
        long[] total = sum.computeIfAbsent(listener, l -> new long[counts.length()]);
        for (int i = 0; i < total.length; i++) {
          total[i] += counts.getAcquire(i);
        }
      });
    }
    if (sum.isEmpty()) {
      return;
    }
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
    sum.forEach((listener, counts) -> {
      for (Reason reason : Reason.values()) {
        if (counts[reason.ordinal()] > 0) {
          counter.dataPoint(
              CounterSnapshot.CounterDataPointSnapshot.builder()
                  .labels(Labels.of("listener", listener, "reason", reason.code()))
                  .value((double) counts[reason.ordinal()])
                  .build());
        }
      }
    });
    metrics.add(counter.build());
  }
}
