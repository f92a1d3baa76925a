package dev.weir.controller;

import dev.weir.controlplane.kube.ApiConnection;
import dev.weir.controlplane.kube.ClusterWatch;
import dev.weir.controlplane.kube.EventWriter;
import dev.weir.controlplane.kube.StatusWriter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.DoubleSupplier;

/** The metrics of a controller. */
final class ControllerMetrics {
  private static final double NANOS = 1e9;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Histogram translations =
      Histogram.builder()
          .name("weir_controller_translation_seconds")
          .help("Time from a new state of the objects to its publication.")
          .classicUpperBounds(.001, .005, .02, .1, .5, 2, 10)
          .register(registry);

  PrometheusRegistry registry() {
    return registry;
  }

  void translated(long nanos) {
    translations.observe(nanos / NANOS);
  }

  void register(
      ApiConnection api,
      ClusterWatch cluster,
      StatusWriter status,
      EventWriter events,
      Controller controller) {
    gauge(
        "weir_controller_leader",
        "1 if this controller writes, else 0.",
        () -> controller.leads() ? 1 : 0);
    gauge(
        "weir_controller_api_reachable",
        "1 if the API server answered the last request, else 0.",
        () -> api.health().reachable() ? 1 : 0);
    gauge(
        "weir_controller_objects",
        "Objects that are in use.",
        () -> {
          Controller.State state = controller.state();
          return state == null ? 0 : state.observed().state().size();
        });
    gauge(
        "weir_controller_referenced_objects",
        "Secrets and ConfigMaps that are watched because something refers to them.",
        cluster::referencedCount);
    gauge(
        "weir_controller_proxies",
        "Proxies that are connected.",
        () -> {
          Controller.State state = controller.state();
          return state == null ? 0 : state.proxies().size();
        });
    counter(
        "weir_controller_api_failures",
        "Requests that the API server did not answer.",
        () -> api.health().failures());
    counter("weir_controller_status_writes", "Statuses written.", status::writes);
    counter(
        "weir_controller_status_write_failures",
        "Writes of a status that the API server refused or did not answer.",
        status::failures);
    counter(
        "weir_controller_status_write_conflicts",
        "Writes of a status that were repeated because the object had changed.",
        status::conflicts);
    counter(
        "weir_controller_events_dropped",
        "Events that were not sent because there were too many.",
        events::dropped);
  }

  private void gauge(String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(gauge -> gauge.call(value.getAsDouble()))
        .register(registry);
  }

  private void counter(String name, String help, DoubleSupplier value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(counter -> counter.call(value.getAsDouble()))
        .register(registry);
  }
}
