package dev.weir.standalone;

import dev.weir.controlplane.status.StatusText;
import dev.weir.controlplane.translate.XdsYaml;
import dev.weir.core.xds.Applied;
import dev.weir.core.xds.Verdict;
import dev.weir.features.Features;
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
  private final Duration drain;
  private final XdsYaml xds = new XdsYaml(Features.ALL);

  private AdminPages(Standalone gateway, Duration drain) {
    this.gateway = gateway;
    this.drain = drain;
  }

  /**
   * The pages.
   *
   * @param drain how long exchanges may take to finish after {@code /drain}
   */
  static List<AdminPage> of(Standalone gateway, Telemetry telemetry, Duration drain) {
    AdminPages pages = new AdminPages(gateway, drain);
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

  /** What the proxy was asked to run, without private keys, and what it made of each part. */
  private Answer config() {
    Map<String, Object> page = new LinkedHashMap<>();
    Applied applied = gateway.state().applied();
    if (applied != null) {
      Map<String, Map<String, Object>> verdicts = new TreeMap<>();
      applied
          .verdicts()
          .forEach((key, verdict) ->
              verdicts
                  .computeIfAbsent(key.type().messageName(), type -> new TreeMap<>())
                  .put(key.name(), verdict(verdict)));
      page.put("verdicts", verdicts);
      page.put("bindFailures", applied.bindFailures());
      page.put("resources", xds.tree(applied.snapshot()));
    }
    return Answer.json(JSON.writeValueAsString(page));
  }

  private static Map<String, Object> verdict(Verdict verdict) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("version", verdict.version());
    switch (verdict) {
      case Verdict.Accepted accepted -> fields.put("verdict", "accepted");
      case Verdict.Incomplete incomplete -> {
        fields.put("verdict", "incomplete");
        fields.put("message", incomplete.message());
      }
      case Verdict.Rejected rejected -> {
        fields.put("verdict", "rejected");
        fields.put("message", rejected.message());
        if (rejected.running() != null) {
          fields.put("running", rejected.running());
        }
      }
    }
    return fields;
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
    Thread.startVirtualThread(() -> gateway.drain(drain));
    return Answer.text(200, "draining\n");
  }
}
