package dev.weir.dataplane;

import dev.weir.core.xds.Applied;
import dev.weir.features.Features;
import dev.weir.proxy.admin.AdminPage;
import dev.weir.proxy.admin.AdminServer;
import dev.weir.proxy.compile.Compiler;
import dev.weir.proxy.server.Proxy;
import dev.weir.proxy.server.ProxyOptions;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The proxy of a process, with access log, metrics and admin endpoint. Methods may be called from
 * any thread.
 */
public final class DataPlane implements AutoCloseable {
  private final DataPlaneOptions options;
  private final Telemetry telemetry;
  private final Proxy proxy;
  private volatile boolean leaving;
  private @Nullable AdminServer admin;

  private DataPlane(DataPlaneOptions options, Telemetry telemetry) {
    this.options = options;
    this.telemetry = telemetry;
    ProxyOptions defaults = ProxyOptions.DEFAULTS;
    this.proxy =
        Proxy.start(
            new ProxyOptions(
                options.workers(),
                options.drain(),
                defaults.upstream(),
                defaults.ticker(),
                options.dnsServers(),
                options.sharePorts()),
            telemetry);
  }

  /**
   * Starts one that runs nothing yet.
   *
   * @throws IOException if the access log cannot be opened
   */
  public static DataPlane start(DataPlaneOptions options) throws IOException {
    return new DataPlane(options, Telemetry.of(options));
  }

  /** A compiler that knows the filters of all features. */
  public static Compiler compiler() {
    return new Compiler(Features.ALL.stream().flatMap(f -> f.httpFilters().stream()).toList());
  }

  /**
   * Opens the admin endpoint, where the options name one.
   *
   * @param applied what runs, or null before the first configuration
   * @param more pages beside those that all have
   */
  public void serveAdmin(Supplier<@Nullable Applied> applied, List<AdminPage> more)
      throws IOException {
    InetSocketAddress address = options.admin();
    if (address == null) {
      return;
    }
    List<AdminPage> pages = new ArrayList<>(AdminPages.of(this, applied));
    pages.addAll(more);
    try {
      admin = AdminServer.start(address, pages);
    } catch (IOException e) {
      throw new IOException("admin endpoint at %s: %s".formatted(address, e.getMessage()), e);
    }
  }

  /** Where the admin endpoint listens, or null if there is none. */
  public @Nullable InetSocketAddress adminAddress() {
    AdminServer server = admin;
    return server == null ? null : server.address();
  }

  public Proxy proxy() {
    return proxy;
  }

  public PrometheusRegistry registry() {
    return telemetry.registry();
  }

  /** Whether it is about to stop: not ready for new traffic. */
  public boolean leaving() {
    return leaving || proxy.draining();
  }

  /**
   * Stops gracefully: says at once that it is not ready, goes on as before for the delay of the
   * options, so that load balancers notice, then lets connections end without being cut. Returns
   * when nothing runs any more.
   */
  public void leave() throws InterruptedException {
    leaving = true;
    Thread.sleep(options.drainDelay());
    drain(options.drain());
  }

  /** Not ready any more; connections end without being cut, until {@code limit}. */
  public void drain(Duration limit) {
    proxy.drain(limit).toCompletableFuture().join();
  }

  /** The same with the limit of the options. */
  void drain() {
    drain(options.drain());
  }

  /** Ends at once. */
  @Override
  public void close() {
    try {
      if (admin != null) {
        admin.close();
      }
      proxy.close();
      telemetry.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
