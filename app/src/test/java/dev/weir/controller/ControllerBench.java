package dev.weir.controller;

import dev.weir.core.xds.Applied;
import dev.weir.endtoend.Loopback;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How long a change takes from the API server to two proxies and back into its status, and what the
 * controller needs for it. The controller is a process of its own; the API server (a real one if
 * there is one, else the mock) and both proxies are in this one. See docs/performance.md.
 */
final class ControllerBench {
  private static final PrintStream OUT = System.out;
  private static final int GATEWAY_PORT = 8080;
  private static final int XDS_PORT = 18000;
  private static final int ROUTES_PER_HOST = 10;
  private static final int MOST_SERVICES = 500;
  private static final int WARM_UP = 40;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final int routes;
  private final int services;
  private final int endpointsPerService;
  private final ApiServer api;
  private final MockApi mock;
  private final Path directory;
  private final InetSocketAddress xds =
      new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), XDS_PORT);
  private final InetSocketAddress gateway =
      new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), GATEWAY_PORT);
  private int endpointChanges;

  private ControllerBench(int routes, int endpoints, ApiServer api, MockApi mock, Path directory) {
    this.routes = routes;
    this.services = Math.min(routes, MOST_SERVICES);
    this.endpointsPerService = Math.max(1, endpoints / services);
    this.api = api;
    this.mock = mock;
    this.directory = directory;
  }

  /**
   * Arguments: how many changes to measure, then for each run routes and endpoints as {@code N:M}.
   */
  public static void main(String[] arguments) throws Exception {
    int changes = Integer.parseInt(arguments[0]);
    for (String run : arguments[1].split(",", -1)) {
      String[] sizes = run.split(":", -1);
      Path directory = Files.createTempDirectory("weir-bench");
      try (ApiServer api = ApiServer.withCrds(directory)) {
        MockApi mock = api.mock();
        if (mock == null) {
          throw new IllegalStateException("there is a real API server: take it from the PATH");
        }
        new ControllerBench(
                Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]), api, mock, directory)
            .run(changes);
      }
    }
    System.exit(0); // threads of the mock may linger
  }

  private void run(int changes) throws Exception {
    long began = System.nanoTime();
    populate();
    say(
        "%,d routes, %,d endpoints stored in %s",
        routes, services * endpointsPerService, since(began));
    began = System.nanoTime();
    Process controller = controller();
    try (TwoProxies proxies = TwoProxies.of(xds, directory)) {
      await(
          "all routes at the proxies",
          () -> proxies.both(runs -> path(runs, host(routes - 1)) != null));
      say("  at both proxies %s after the start of the controller's JVM", since(began));
      await("status of all", () -> mock.readyRoutes() >= routes);
      say("  all Ready %s after it, %.1f s of CPU", since(began), cpu(controller) / 1e9);
      mock.forgetRequests();
      changeRoutes(proxies, WARM_UP, null);
      Row row = new Row();
      long cpu = cpu(controller);
      long received = received(proxies);
      changeRoutes(proxies, changes, row);
      say("  one route:    %s", row);
      say(
          "  a change:     %,d bytes to each proxy, %.0f ms of the controller's CPU",
          (received(proxies) - received) / changes / TwoProxies.NUMBER,
          (cpu(controller) - cpu) / 1e6 / changes);
      changeEndpoints(proxies, WARM_UP, new Row());
      Row endpoints = new Row();
      cpu = cpu(controller);
      received = received(proxies);
      changeEndpoints(proxies, changes, endpoints);
      say("  one endpoint: %s", endpoints);
      say(
          "  a change:     %,d bytes to each proxy, %.0f ms of the controller's CPU",
          (received(proxies) - received) / changes / TwoProxies.NUMBER,
          (cpu(controller) - cpu) / 1e6 / changes);
      say("  heap after GC: %s", heap(controller));
    } finally {
      controller.destroyForcibly().waitFor();
    }
  }

  /** Times of all changes, in nanoseconds. */
  private static final class Row {
    final List<Long> applied = new ArrayList<>();
    final List<Long> proxies = new ArrayList<>();
    final List<Long> ready = new ArrayList<>();
    final List<Long> wholly = new ArrayList<>();

    @Override
    public String toString() {
      return "p50/p99 ms: stored %s, event to both proxies %s, event to Ready %s, apply to Ready %s"
          .formatted(
              percentiles(applied), percentiles(proxies), percentiles(ready), percentiles(wholly));
    }

    private static String percentiles(List<Long> nanos) {
      if (nanos.isEmpty()) {
        return "-";
      }
      long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
      return "%.0f/%.0f"
          .formatted(
              sorted[sorted.length / 2] / 1e6,
              sorted[(int) Math.ceil(sorted.length * 0.99) - 1] / 1e6);
    }
  }

  private static void say(String format, Object... values) {
    OUT.printf(format + "%n", values);
  }

  private static String since(long began) {
    return "%.1f s".formatted((System.nanoTime() - began) / 1e9);
  }

  private static void await(String what, BooleanSupplier condition) throws TimeoutException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new TimeoutException(what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  private void populate() {
    api.apply(Shop.EMPTY + Shop.gateway("web", gateway));
    for (int i = 0; i < services; i++) {
      api.create(Shop.service("s" + i));
      api.create(slice(i, 0));
    }
    for (int i = 0; i < routes; i++) {
      api.create(route(i, "/service" + i % ROUTES_PER_HOST));
    }
  }

  /** The endpoints of a Service; {@code last} makes one of them another. */
  private String slice(int service, int last) {
    return Shop.endpoints(
        "s" + service,
        8000,
        IntStream.range(0, endpointsPerService)
            .mapToObj(i ->
                "10.%d.%d.%d"
                    .formatted(i == 0 ? 200 + last : service / 250, service % 250, 1 + i % 250))
            .toList());
  }

  private String route(int i, String path) {
    return Shop.matching(Shop.route("r" + i, "s" + i % services, host(i)), "value: " + path);
  }

  private static String host(int route) {
    return "h" + route / ROUTES_PER_HOST + ".example.com";
  }

  /** What the proxy runs of a host, as text; null if nothing. */
  private static @Nullable String path(Applied runs, String host) {
    for (var resource : runs.snapshot().routes().values()) {
      for (var virtual : resource.message().getVirtualHostsList()) {
        if (virtual.getDomainsList().contains(host)) {
          return virtual.toString();
        }
      }
    }
    return null;
  }

  private void changeRoutes(TwoProxies proxies, int changes, @Nullable Row row)
      throws TimeoutException {
    for (int n = 0; n < changes; n++) {
      int i = (int) ((long) n * 7919 % routes);
      String host = host(i);
      String path = "/changed-" + (row == null ? "first-" : "") + n;
      Change change = new Change(proxies, "httproutes/r" + i, runs -> contains(runs, host, path));
      change.apply(route(i, path));
      await("both proxies run " + path, () -> change.atProxies != 0);
      await("Ready of " + i, () -> change.ready() != 0);
      change.into(row);
    }
  }

  private static boolean contains(Applied runs, String host, String path) {
    String there = path(runs, host);
    return there != null && there.contains(path + "\"");
  }

  private void changeEndpoints(TwoProxies proxies, int changes, Row row) throws TimeoutException {
    for (int i = 0; i < changes; i++) {
      int n = endpointChanges++;
      int service = n % services;
      int last = 1 + n % 49; // not what was there
      String address = "10.%d.%d.1".formatted(200 + last, service % 250);
      Change change =
          new Change(
              proxies,
              "endpointslices/s" + service,
              runs ->
                  runs.snapshot().endpoints().values().stream()
                      .anyMatch(each ->
                          each.name().contains("s" + service)
                              && each.message().toString().contains("\"" + address + "\"")));
      change.apply(slice(service, last));
      await("both proxies use " + address, () -> change.atProxies != 0);
      change.into(row);
    }
  }

  /** One change and when what came of it. */
  private final class Change {
    private final String object;
    private long began;
    private long stored;
    private volatile long atProxies;

    Change(TwoProxies proxies, String object, Predicate<Applied> running) {
      this.object = object;
      mock.forgetTimes();
      proxies.onApplied(() -> {
        if (atProxies == 0) {
          long now = System.nanoTime();
          if (proxies.both(running)) {
            atProxies = now;
          }
        }
      });
    }

    void apply(String yaml) {
      began = System.nanoTime();
      api.apply(yaml);
      stored = System.nanoTime();
    }

    long ready() {
      return mock.readyAt(object);
    }

    void into(@Nullable Row row) {
      if (row != null) {
        long event = mock.changedAt(object);
        row.applied.add(stored - began);
        row.proxies.add(atProxies - event);
        if (ready() != 0) {
          row.ready.add(ready() - event);
          row.wholly.add(ready() - began);
        }
      }
    }
  }

  private static long received(TwoProxies proxies) {
    return proxies.ways().stream().mapToLong(Relay::received).sum();
  }

  private Process controller() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + System.getProperty("bench.options"),
            "-Xmx1g",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.weir.cli.Main",
            "controller",
            "--kubeconfig=" + api.kubeconfig(),
            "--xds=" + xds.getAddress().getHostAddress() + ":" + xds.getPort(),
            "--insecure-xds",
            "--no-leader-election",
            "--admin=off")
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("controller.log").toFile())
        .start();
  }

  private static long cpu(Process process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  private static String heap(Process process) throws IOException {
    jcmd(process, "GC.run");
    // Of the serial collector: the young and the old generation.
    long kilobytes =
        Pattern.compile("(?m)^\\s*(?:DefNew|Tenured).* used (\\d+)K")
            .matcher(jcmd(process, "GC.heap_info"))
            .results()
            .mapToLong(found -> Long.parseLong(found.group(1)))
            .sum();
    return "%.0f MB".formatted(kilobytes / 1024.0);
  }

  private static String jcmd(Process process, String command) throws IOException {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(process.pid()),
                command)
            .redirectErrorStream(true)
            .start();
    return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
