package dev.weir.proxy.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.admin.AdminPage;
import dev.weir.proxy.admin.MetricsPage;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RequestMetricsTest {
  private final RequestMetrics metrics = new RequestMetrics();

  private String scrape() {
    PrometheusRegistry registry = new PrometheusRegistry();
    registry.register(metrics);
    AdminPage.Answer answer = MetricsPage.of(registry).answer().get();
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  @Test
  void addsUpWhatTheWorkersCounted() {
    for (int worker = 0; worker < 2; worker++) {
      ExchangeObserver observer = metrics.forWorker();
      observer.completed(FinishedExchange.forwarded("/a", "curl"));
      observer.completed(FinishedExchange.unrouted());
      observer.rejected(
          "Gateway/shop/edge/port/80",
          "192.0.2.9",
          Failure.downstream(Reason.BAD_REQUEST, "bare LF"));
    }

    String listener = "listener=\"Gateway/shop/edge/port/80\",";
    String route = "route=\"HTTPRoute/shop/cart/rule/0/match/0\"";
    assertThat(scrape())
        .contains("weir_requests_total{" + listener + route + ",status=\"2xx\"} 2.0")
        .contains("weir_requests_total{" + listener + "route=\"(none)\",status=\"4xx\"} 2.0")
        .contains("weir_request_duration_seconds_bucket{" + listener + route + ",le=\"0.001\"} 0")
        .contains("weir_request_duration_seconds_bucket{" + listener + route + ",le=\"0.0025\"} 2")
        .contains("weir_response_bytes_total{" + listener + route + "} 2468.0")
        .contains("weir_local_replies_total{" + listener + "reason=\"no-route\"} 2.0")
        .contains("weir_local_replies_total{" + listener + "reason=\"bad-request\"} 2.0");
  }

  @Test
  void countsCopiesForMirrors() {
    metrics.forWorker().mirrored("Service/shop/cart/80", MirrorResult.ANSWERED);
    ExchangeObserver observer = new Observers(List.of(metrics.forWorker(), ExchangeObserver.NONE));
    observer.mirrored("Service/shop/cart/80", MirrorResult.ANSWERED);
    observer.mirrored("Service/shop/cart/80", MirrorResult.TIMED_OUT);

    String cluster = "cluster=\"Service/shop/cart/80\",";
    assertThat(scrape())
        .contains("weir_mirrored_requests_total{" + cluster + "result=\"answered\"} 2.0")
        .contains("weir_mirrored_requests_total{" + cluster + "result=\"timed-out\"} 1.0")
        .doesNotContain("result=\"dropped\"");
  }

  @Test
  void countsRoutesBeyondTheBoundTogether() {
    ExchangeObserver observer = metrics.forWorker();
    FinishedExchange template = FinishedExchange.forwarded("/a", "curl");
    for (int i = 0; i < RequestMetrics.MAX_SERIES + 50; i++) {
      observer.completed(
          new FinishedExchange(template.request(), "route-" + i, 200, null, null, 1));
    }

    assertThat(scrape())
        .contains("weir_requests_total{listener=\"(other)\",route=\"(other)\",status=\"2xx\"} 50.0")
        .doesNotContain("route=\"route-" + RequestMetrics.MAX_SERIES + "\"");
  }
}
