package dev.weir.controller;

import dev.weir.core.xds.Applied;
import dev.weir.dataplane.DataPlaneOptions;
import dev.weir.fleet.FleetOptions;
import dev.weir.fleet.FleetProxy;
import dev.weir.proxy.observe.AccessLog;
import dev.weir.proxy.source.ads.AdsOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Two proxies in this process that listen on the same addresses, each with a way of its own to the
 * controller and a directory for its last configuration.
 */
final class TwoProxies implements AutoCloseable {
  static final int NUMBER = 2;

  private final Path directory;
  private final List<Relay> ways = new CopyOnWriteArrayList<>();
  private final @Nullable FleetProxy[] running = new FleetProxy[NUMBER];
  private final AtomicReferenceArray<@Nullable Applied> applied =
      new AtomicReferenceArray<>(NUMBER);
  private volatile Runnable listener = () -> {};

  private TwoProxies(Path directory) {
    this.directory = directory;
  }

  /** Proxies of the GatewayClass {@code weir}. */
  static TwoProxies of(InetSocketAddress controller, Path directory) throws IOException {
    return of(List.of(controller), directory);
  }

  /** Proxies that reach one controller after the other. */
  static TwoProxies of(List<InetSocketAddress> controllers, Path directory) throws IOException {
    TwoProxies proxies = new TwoProxies(directory);
    for (int i = 0; i < NUMBER; i++) {
      proxies.ways.add(Relay.to(controllers.toArray(InetSocketAddress[]::new)));
      proxies.start(i);
    }
    return proxies;
  }

  void start(int i) throws IOException {
    InetSocketAddress way = ways.get(i).address();
    running[i] =
        FleetProxy.start(
            new FleetOptions(
                new AdsOptions(
                    way.getAddress().getHostAddress(),
                    way.getPort(),
                    "proxy-" + i,
                    "GatewayClass/weir",
                    "1.0.0",
                    new AdsOptions.Security.Insecure()),
                directory.resolve("state-" + i),
                null,
                new DataPlaneOptions(
                    null,
                    null,
                    AccessLog.Format.TEXT,
                    1,
                    Duration.ofMillis(500),
                    Duration.ofSeconds(10),
                    List.of(),
                    true)),
            answer -> {
              applied.set(i, answer);
              listener.run();
            });
  }

  /** Stops one as a SIGTERM would; it has to be started again. */
  void stop(int i) throws InterruptedException {
    FleetProxy proxy = Objects.requireNonNull(running[i]);
    proxy.leave();
    proxy.close();
    running[i] = null;
    applied.set(i, null);
  }

  /** Removes the last configuration of one that is stopped. */
  void forget(int i) throws IOException {
    Files.delete(directory.resolve("state-" + i).resolve("last-good"));
  }

  /** The ways to the controller. */
  List<Relay> ways() {
    return ways;
  }

  void leadTo(InetSocketAddress controller) {
    ways.forEach(way -> way.leadTo(controller));
  }

  /** Who is told, on a thread of a proxy, each time that what runs changed. */
  void onApplied(Runnable told) {
    listener = told;
  }

  /** Whether this is so of what each of them runs. */
  boolean both(Predicate<Applied> condition) {
    for (int i = 0; i < NUMBER; i++) {
      Applied runs = applied.get(i);
      if (runs == null || !condition.test(runs)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    for (FleetProxy proxy : running) {
      if (proxy != null) {
        proxy.close();
      }
    }
    for (Relay way : ways) {
      way.close();
    }
  }
}
