package dev.weir.proxy.admin;

import dev.weir.proxy.admin.AdminPage.Answer;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** {@code /metrics}: the registry in Prometheus' text format. */
public final class MetricsPage {
  private static final PrometheusTextFormatWriter WRITER =
      PrometheusTextFormatWriter.builder().build();

  private MetricsPage() {}

  public static AdminPage of(PrometheusRegistry registry) {
    return new AdminPage(
        "GET",
        "/metrics",
        "Prometheus metrics",
        () -> new Answer(200, WRITER.getContentType(), text(registry)));
  }

  private static byte[] text(PrometheusRegistry registry) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      WRITER.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
