package dev.weir.standalone;

import dev.weir.controlplane.status.StatusText;
import dev.weir.core.xds.Applied;
import dev.weir.proxy.admin.AdminPage;
import dev.weir.proxy.admin.AdminPage.Answer;
import dev.weir.proxy.admin.MetricsPage;
import dev.weir.proxy.server.WorkerSnapshot;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/** The pages of a standalone gateway's admin endpoint. */
final class AdminPages {
  private static final ObjectWriter JSON =
      JsonMapper.builder().build().writerWithDefaultPrettyPrinter();

  private final Standalone gateway;

  private AdminPages(Standalone gateway) {
    this.gateway = gateway;
  }

  static List<AdminPage> of(Standalone gateway, Telemetry telemetry) {
    AdminPages pages = new AdminPages(gateway);
    return List.of(
        new AdminPage("GET", "/ready", "200 if new traffic is welcome, else 503", pages::ready),
        MetricsPage.of(telemetry.registry()),
        new AdminPage("GET", "/config", "what is running, by object", pages::config),
        new AdminPage("GET", "/clusters", "endpoints, health and counters", pages::clusters),
        new AdminPage("GET", "/status", "status of all objects", pages::status),
        new AdminPage("GET", "/problems", "findings in the configuration", pages::problems),
        new AdminPage("POST", "/drain", "take no new connections, end the others", pages::drain));
  }

  private Answer ready() {
    if (gateway.proxy().draining()) {
      return Answer.text(503, "draining\n");
    }
    return gateway.state().applied() == null
        ? Answer.text(503, "no configuration yet\n")
        : Answer.text(200, "ready\n");
  }

  private Answer config() {
    Applied applied = gateway.state().applied();
    Map<String, Object> byType = new TreeMap<>();
    if (applied != null) {
      applied
          .verdicts()
          .forEach((key, verdict) -> {
            @SuppressWarnings("unchecked") // only filled here
            Map<String, Object> resources =
                (Map<String, Object>)
                    byType.computeIfAbsent(key.type().name(), t -> new TreeMap<>());
            resources.put(key.name(), verdict);
          });
      byType.put("bindFailures", applied.bindFailures());
    }
    return Answer.json(JSON.writeValueAsString(byType));
  }

  private Answer clusters() {
    Map<String, Object> workers = new LinkedHashMap<>();
    int number = 0;
    for (WorkerSnapshot worker : gateway.proxy().snapshot().toCompletableFuture().join()) {
      workers.put("worker-" + number++, worker);
    }
    return Answer.json(JSON.writeValueAsString(workers));
  }

  private Answer status() {
    return Answer.json(StatusText.json(gateway.state().statuses()));
  }

  private Answer problems() {
    StringBuilder text = new StringBuilder();
    gateway.state().problems().forEach(problem -> text.append(problem).append('\n'));
    return Answer.text(200, text.toString());
  }

  private Answer drain() {
    Thread.startVirtualThread(() -> gateway.drain(Duration.ofSeconds(30)));
    return Answer.text(200, "draining\n");
  }
}
