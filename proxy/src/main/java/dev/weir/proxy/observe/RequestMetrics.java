package dev.weir.proxy.observe;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts requests, and what is passed on as it comes, by listener and route. Labels are names from
 * the configuration, never what a client sent; a series exists once it was used; beyond {@link
 * #MAX_SERIES} routes a worker counts the others together as {@code (other)}.
 *
 * <p>Each worker counts into objects of its own without atomic read-modify-write; a scrape adds
 * them up on the scraping thread.
 */
@SuppressWarnings("EnumOrdinal") // an index into counters of this process, never stored
public final class RequestMetrics implements MultiCollector {
  /** Routes with series of their own, on one worker. */
  static final int MAX_SERIES = 10_000;

  /** A power of two. */
  private static final int RECENT = 256;

  private static final String NO_ROUTE = "(none)";
  private static final Series OTHER = new Series("(other)", "(other)");
  private static final double NANOS = 1e9;

  private final List<WorkerMetrics> workers = new CopyOnWriteArrayList<>();

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

  /** The observer of one worker. */
  public ExchangeObserver forWorker() {
    WorkerMetrics worker = new WorkerMetrics();
    workers.add(worker);
    return worker;
  }

  private record Recent(String listener, @Nullable String route, RouteStats stats) {}

  private static final class WorkerMetrics implements ExchangeObserver {
    private final Map<String, Map<String, RouteStats>> byListener = new ConcurrentHashMap<>();
    private final Map<String, AtomicLongArray> reasons = new ConcurrentHashMap<>();
    private final Map<String, AtomicLongArray> mirrors = new ConcurrentHashMap<>();
    private final RelayMetrics relays = new RelayMetrics();
    private int series;

    /** What the maps say of the routes used last; a plan has one object for each name. */
    private final @Nullable Recent[] recent = new @Nullable Recent[RECENT];

    @Override
    public RelayObserver relays() {
      return relays;
    }

    @Override
    public void completed(CompletedExchange exchange) {
      recent(exchange.listener(), exchange.route()).count(exchange);
      Reason reason = exchange.reason();
      if (reason != null) {
        count(exchange.listener(), reason);
      }
    }

    @Override
    public void rejected(String listener, String peerAddress, Failure failure) {
      count(listener, failure.reason());
    }

    @SuppressWarnings("ReferenceEquality") // equal names that are other objects are looked up
    private RouteStats recent(String listener, @Nullable String route) {
      int slot = route == null ? 0 : route.hashCode() & RECENT - 1;
      Recent known = recent[slot];
      if (known != null && known.route == route && known.listener == listener) {
        return known.stats;
      }
      RouteStats stats = stats(listener, route);
      recent[slot] = new Recent(listener, route, stats);
      return stats;
    }

    private RouteStats stats(String listener, @Nullable String route) {
      Map<String, RouteStats> routes = byListener.get(listener);
      if (routes == null) {
        routes = new ConcurrentHashMap<>();
        byListener.put(listener, routes);
      }
      String name = route == null ? NO_ROUTE : route;
      RouteStats stats = routes.get(name);
      if (stats == null) {
        if (series >= MAX_SERIES && !name.equals(OTHER.route())) {
          return stats(OTHER.listener(), OTHER.route());
        }
        series++;
        stats = new RouteStats();
        routes.put(name, stats);
      }
      return stats;
    }

    @Override
    public void mirrored(String cluster, MirrorResult result) {
      count(mirrors, cluster, result, MirrorResult.values().length);
    }

    private void count(String listener, Reason reason) {
      count(reasons, listener, reason, Reason.values().length);
    }

    private static void count(
        Map<String, AtomicLongArray> all, String name, Enum<?> what, int constants) {
      AtomicLongArray counts = all.get(name);
      if (counts == null) {
        counts = new AtomicLongArray(constants);
        all.put(name, counts);
      }
      counts.setRelease(what.ordinal(), counts.getPlain(what.ordinal()) + 1);
    }
  }

  @Override
  public MetricSnapshots collect() {
    Map<Series, RouteStats> sum = new TreeMap<>();
    for (WorkerMetrics worker : workers) {
      worker.byListener.forEach((listener, routes) ->
          routes.forEach((route, stats) ->
              sum.computeIfAbsent(new Series(listener, route), s -> new RouteStats())
                  .addAll(stats)));
    }
    List<MetricSnapshot> metrics = new ArrayList<>();
    metrics.add(requests(sum));
    metrics.add(durations(sum));
    metrics.add(
        counter(
            "weir_request_bytes",
            "Request body bytes from clients.",
            sum,
            RouteStats::bytesReceived));
    metrics.add(
        counter(
            "weir_response_bytes", "Response body bytes to clients.", sum, RouteStats::bytesSent));
    metrics.add(replies());
    metrics.add(mirrored());
    metrics.addAll(RelayMetrics.collect(workers.stream().map(worker -> worker.relays).toList()));
    return new MetricSnapshots(metrics);
  }

  private static MetricSnapshot requests(Map<Series, RouteStats> sum) {
    CounterSnapshot.Builder requests =
        CounterSnapshot.builder()
            .name("weir_requests")
            .help("Requests that came to their end, by class of the status sent.");
    sum.forEach((series, stats) -> {
      for (int digit = 0; digit <= 5; digit++) {
        if (stats.ofClass(digit) > 0) {
          requests.dataPoint(
              CounterSnapshot.CounterDataPointSnapshot.builder()
                  .labels(series.labels().merge(Labels.of("status", statusClass(digit))))
                  .value((double) stats.ofClass(digit))
                  .build());
        }
      }
    });
    return requests.build();
  }

  private static String statusClass(int digit) {
    return digit == 0 ? "none" : digit + "xx";
  }

  private static MetricSnapshot durations(Map<Series, RouteStats> sum) {
    HistogramSnapshot.Builder durations =
        HistogramSnapshot.builder()
            .name("weir_request_duration_seconds")
            .unit(Unit.SECONDS)
            .help("From the end of the request head to the end of the exchange.");
    sum.forEach((series, stats) -> {
      ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
      long[] counts = stats.buckets();
      for (int i = 0; i < counts.length; i++) {
        double bound =
            i < RouteStats.BOUNDS.length ? RouteStats.BOUNDS[i] / NANOS : Double.POSITIVE_INFINITY;
        buckets.bucket(bound, counts[i]);
      }
      durations.dataPoint(
          HistogramSnapshot.HistogramDataPointSnapshot.builder()
              .labels(series.labels())
              .classicHistogramBuckets(buckets.build())
              .sum(stats.durationNanos() / NANOS)
              .build());
    });
    return durations.build();
  }

  private static MetricSnapshot counter(
      String name, String help, Map<Series, RouteStats> sum, ToLongFunction<RouteStats> value) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
    sum.forEach((series, stats) ->
        counter.dataPoint(
            CounterSnapshot.CounterDataPointSnapshot.builder()
                .labels(series.labels())
                .value((double) value.applyAsLong(stats))
                .build()));
    return counter.build();
  }

  private MetricSnapshot replies() {
    return byEnum(
        "weir_local_replies",
        "Answers and broken-off exchanges that were the gateway's own, by reason.",
        "listener",
        worker -> worker.reasons,
        "reason",
        Arrays.stream(Reason.values()).map(Reason::code).toList());
  }

  private MetricSnapshot mirrored() {
    return byEnum(
        "weir_mirrored_requests",
        "Copies of requests that went to mirrors, by what became of them.",
        "cluster",
        worker -> worker.mirrors,
        "result",
        Arrays.stream(MirrorResult.values()).map(MirrorResult::text).toList());
  }

  /** Counters by name and by constant of an enum. */
  private MetricSnapshot byEnum(
      String metric,
      String help,
      String nameLabel,
      Function<WorkerMetrics, Map<String, AtomicLongArray>> counters,
      String constantLabel,
      List<String> constants) {
    CounterSnapshot.Builder snapshot = CounterSnapshot.builder().name(metric).help(help);
    Map<String, long[]> sum = new TreeMap<>();
    for (WorkerMetrics worker : workers) {
      counters
          .apply(worker)
          .forEach((name, counts) -> {
            long[] total = sum.computeIfAbsent(name, n -> new long[constants.size()]);
            for (int i = 0; i < total.length; i++) {
              total[i] += counts.getAcquire(i);
            }
          });
    }
    sum.forEach((name, counts) -> {
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] > 0) {
          snapshot.dataPoint(
              CounterSnapshot.CounterDataPointSnapshot.builder()
                  .labels(Labels.of(nameLabel, name, constantLabel, constants.get(i)))
                  .value((double) counts[i])
                  .build());
        }
      }
    });
    return snapshot.build();
  }
}
