package dev.weir.standalone;

import dev.weir.proxy.observe.AccessLog;
import dev.weir.proxy.observe.ExchangeObserver;
import dev.weir.proxy.observe.Observers;
import dev.weir.proxy.observe.RequestMetrics;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Access log and metrics of one process. */
final class Telemetry implements ExchangeObserver.Source, AutoCloseable {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final RequestMetrics requests = new RequestMetrics();
  private final @Nullable AccessLog accessLog;

  private Telemetry(@Nullable AccessLog accessLog) {
    this.accessLog = accessLog;
    registry.register(requests);
    if (accessLog != null) {
      CounterWithCallback.builder()
          .name("weir_access_log_dropped")
          .help("Access-log lines dropped because the output was too slow.")
          .callback(counter -> counter.call((double) accessLog.dropped()))
          .register(registry);
    }
  }

  static Telemetry of(StandaloneOptions options) throws IOException {
    Path path = options.accessLog();
    if (path == null) {
      return new Telemetry(null);
    }
    OutputStream out =
        path.equals(StandaloneOptions.STDOUT)
            ? new FileOutputStream(FileDescriptor.out)
            : Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return new Telemetry(
        new AccessLog(out, options.accessLogFormat(), System::nanoTime, System::currentTimeMillis));
  }

  PrometheusRegistry registry() {
    return registry;
  }

  @Override
  public ExchangeObserver forWorker(int worker) {
    ExchangeObserver metrics = requests.forWorker();
    return accessLog == null ? metrics : new Observers(List.of(metrics, accessLog.forWorker()));
  }

  @Override
  public void close() throws IOException {
    if (accessLog != null) {
      accessLog.close();
    }
  }
}
