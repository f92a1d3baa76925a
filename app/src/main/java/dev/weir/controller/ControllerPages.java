package dev.weir.controller;

import dev.weir.controlplane.status.StatusText;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.Verdict;
import dev.weir.proxy.admin.AdminPage;
import dev.weir.proxy.admin.AdminPage.Answer;
import dev.weir.proxy.admin.MetricsPage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/** The pages of a controller's admin endpoint. */
final class ControllerPages {
  private static final ObjectWriter JSON =
      JsonMapper.builder().build().writerWithDefaultPrettyPrinter();

  private final Controller controller;

  private ControllerPages(Controller controller) {
    this.controller = controller;
  }

  static List<AdminPage> of(Controller controller, ControllerMetrics metrics) {
    ControllerPages pages = new ControllerPages(controller);
    return List.of(
        new AdminPage("GET", "/healthz", "200 while the process works", pages::healthy),
        new AdminPage("GET", "/ready", "200 once all objects have been read", pages::ready),
        new AdminPage("GET", "/serves", "200 while proxies are served here", pages::serves),
        MetricsPage.of(metrics.registry()),
        new AdminPage("GET", "/status", "status of all objects", pages::status),
        new AdminPage("GET", "/problems", "findings in the configuration", pages::problems),
        new AdminPage("GET", "/proxies", "who is connected, and what each runs", pages::proxies));
  }

  private Answer healthy() {
    return Answer.text(200, controller.leads() ? "leads\n" : "follows\n");
  }

  private Answer ready() {
    if (controller.state() == null) {
      return Answer.text(503, "not all objects have been read yet\n");
    }
    return controller.answersQuickly()
        ? Answer.text(200, "ready\n")
        : Answer.text(503, "the webhook is warming up\n");
  }

  private Answer serves() {
    String elsewhere = controller.elsewhere();
    return elsewhere == null
        ? Answer.text(200, "serves proxies\n")
        : Answer.text(503, elsewhere + "\n");
  }

  private Answer status() {
    Controller.State state = controller.state();
    return Answer.json(StatusText.json(state == null ? List.of() : state.statuses()));
  }

  private Answer problems() {
    StringBuilder text = new StringBuilder();
    Controller.State state = controller.state();
    if (state != null) {
      state.problems().forEach(problem -> text.append(problem).append('\n'));
    }
    return Answer.text(200, text.toString());
  }

  private Answer proxies() {
    Controller.State state = controller.state();
    List<Map<String, Object>> page = new ArrayList<>();
    if (state != null) {
      state.proxies().forEach(proxy -> page.add(proxy(proxy)));
    }
    return Answer.json(JSON.writeValueAsString(page));
  }

  private static Map<String, Object> proxy(ProxyState proxy) {
    Map<String, String> resources = new TreeMap<>();
    proxy
        .verdicts()
        .forEach((key, verdict) ->
            resources.put(
                key.type().messageName() + " " + key.name(),
                switch (verdict) {
                  case Verdict.Accepted accepted -> "runs " + accepted.version();
                  case Verdict.Incomplete incomplete ->
                      "runs " + incomplete.version() + " but for a part: " + incomplete.message();
                  case Verdict.Rejected rejected ->
                      "rejects " + rejected.version() + ": " + rejected.message();
                }));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("node", proxy.node());
    fields.put("gateways", proxy.gateways().stream().map(Object::toString).sorted().toList());
    fields.put("unbound", proxy.unbound());
    fields.put("resources", resources);
    return fields;
  }
}
