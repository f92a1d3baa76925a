package dev.weir.dataplane;

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
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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

  static Telemetry of(DataPlaneOptions options) throws IOException {
    Path path = options.accessLog();
    if (path == null) {
      return new Telemetry(null);
    }
    return new Telemetry(
        new AccessLog(
            output(path), options.accessLogFormat(), System::nanoTime, System::currentTimeMillis));
  }

  private static OutputStream output(Path path) throws IOException {
    if (path.equals(DataPlaneOptions.STDOUT)) {
      return new FileOutputStream(FileDescriptor.out);
    }
    try {
      return Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (FileSystemException e) {
      // The message of most of these is nothing but the path.
      String why =
          e instanceof NoSuchFileException
              ? "there is no such directory"
              : e instanceof AccessDeniedException
                  ? "it may not be written"
                  : String.valueOf(e.getReason());
      throw new IOException("access log %s: %s".formatted(path, why), e);
    }
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
