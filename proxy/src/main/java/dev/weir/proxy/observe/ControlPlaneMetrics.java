package dev.weir.proxy.observe;

import dev.weir.core.time.Ticker;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** How the proxy stands with a controller: connected or not, and what came of its updates. */
public final class ControlPlaneMetrics {
  private static final double NANOS = 1e9;

  private final Ticker ticker;
  private final AtomicReference<@Nullable Long> lastUpdate = new AtomicReference<>();
  private final Gauge connected =
      Gauge.builder()
          .name("weir_controller_connected")
          .help("1 while the stream to the controller is open.")
          .build();
  private final Counter updates =
      Counter.builder()
          .name("weir_controller_updates")
          .help("Responses of the controller, by the answer they got.")
          .labelNames("result")
          .build();
  private final GaugeWithCallback age =
      GaugeWithCallback.builder()
          .name("weir_controller_update_age_seconds")
          .help("Time since the controller sent something.")
          .callback(gauge -> {
            Long last = lastUpdate.get();
            if (last != null) {
              gauge.call((now() - last) / NANOS);
            }
          })
          .build();

  public ControlPlaneMetrics(Ticker ticker) {
    this.ticker = ticker;
    updates.initLabelValues("accepted");
    updates.initLabelValues("rejected");
  }

  /** Shows them. */
  public void register(PrometheusRegistry registry) {
    registry.register(connected);
    registry.register(updates);
    registry.register(age);
  }

  /** The stream to the controller was opened, or is over. */
  public void connected(boolean now) {
    connected.set(now ? 1 : 0);
  }

  /** A response came. */
  public void received() {
    lastUpdate.set(now());
  }

  /** A response was answered. */
  public void answered(boolean accepted) {
    updates.labelValues(accepted ? "accepted" : "rejected").inc();
  }

  private long now() {
    return ticker.nanos();
  }
}
