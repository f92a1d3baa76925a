package dev.weir.dataplane;

import dev.weir.controlplane.translate.XdsYaml;
import dev.weir.core.xds.Applied;
import dev.weir.core.xds.Verdict;
import dev.weir.features.Features;
import dev.weir.proxy.admin.AdminPage;
import dev.weir.proxy.admin.AdminPage.Answer;
import dev.weir.proxy.admin.MetricsPage;
import dev.weir.proxy.server.WorkerSnapshot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/** The pages that the admin endpoint of every process with a data plane has. */
final class AdminPages {
  /** What prints pages, once one is asked for: it would take 10 MB from the start. */
  private static final class Printers {
    static final ObjectWriter JSON = JsonMapper.builder().build().writerWithDefaultPrettyPrinter();
    static final XdsYaml XDS = new XdsYaml(Features.ALL);
  }

  private final DataPlane dataPlane;
  private final Supplier<@Nullable Applied> applied;

  private AdminPages(DataPlane dataPlane, Supplier<@Nullable Applied> applied) {
    this.dataPlane = dataPlane;
    this.applied = applied;
  }

  /**
   * The pages.
   *
   * @param applied what runs, or null before the first configuration
   */
  static List<AdminPage> of(DataPlane dataPlane, Supplier<@Nullable Applied> applied) {
    AdminPages pages = new AdminPages(dataPlane, applied);
    return List.of(
        new AdminPage("GET", "/ready", "200 if new traffic is welcome, else 503", pages::ready),
        new AdminPage(
            "GET", "/healthz", "200 while the process works", () -> Answer.text(200, "ok\n")),
        MetricsPage.of(dataPlane.registry()),
        new AdminPage("GET", "/config", "what is running, by object", pages::config),
        new AdminPage("GET", "/clusters", "endpoints, health and counters", pages::clusters),
        new AdminPage("POST", "/drain", "take no new connections, end the others", pages::drain));
  }

  private Answer ready() {
    if (dataPlane.leaving()) {
      return Answer.text(503, "draining\n");
    }
    return applied.get() == null
        ? Answer.text(503, "no configuration yet\n")
        : Answer.text(200, "ready\n");
  }

  /** What the proxy was asked to run, without private keys, and what it made of each part. */
  private Answer config() {
    Map<String, Object> page = new LinkedHashMap<>();
    Applied running = applied.get();
    if (running != null) {
      Map<String, Map<String, Object>> verdicts = new TreeMap<>();
      running
          .verdicts()
          .forEach((key, verdict) ->
              verdicts
                  .computeIfAbsent(key.type().messageName(), type -> new TreeMap<>())
                  .put(key.name(), verdict(verdict)));
      page.put("verdicts", verdicts);
      page.put("bindFailures", running.bindFailures());
      page.put("resources", Printers.XDS.tree(running.snapshot()));
    }
    return Answer.json(Printers.JSON.writeValueAsString(page));
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
    for (WorkerSnapshot worker : dataPlane.proxy().snapshot().toCompletableFuture().join()) {
      workers.put("worker-" + number++, worker);
    }
    return Answer.json(Printers.JSON.writeValueAsString(workers));
  }

  private Answer drain() {
    Thread.startVirtualThread(dataPlane::drain);
    return Answer.text(200, "draining\n");
  }
}
