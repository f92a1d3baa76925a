package dev.weir.install;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import dev.weir.cli.Main;
import dev.weir.controlplane.kube.WebhookRegistration;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.k8s.ConfigMap;
import dev.weir.core.api.k8s.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** What Helm makes of the chart: that it fits together, and how little it may do. */
class ChartTest {
  private static final String PLAIN =
      """
      # The Helm chart with its defaults, rendered by ChartTest; do not edit.
      apiVersion: v1
      kind: Namespace
      metadata:
        name: weir-system
        labels:
          pod-security.kubernetes.io/enforce: restricted
      """;

  private static final List<JsonNode> DEFAULTS = Chart.objects(Map.of());

  /** {@code -Dgolden.write=true} writes the manifests. */
  @Test
  void thePlainManifestsAreTheChart() throws IOException {
    Path file = Chart.INSTALL.resolve("weir.yaml");
    String text = PLAIN + Chart.crds() + Chart.text("weir-system", Map.of());

    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(file, text);
    }
    assertThat(text).isEqualTo(Files.readString(file));
    assertThat(Chart.all(Chart.objects(text), "CustomResourceDefinition")).hasSize(2);
  }

  @Test
  void helmFindsNothingWrong() {
    LintResult lint = new Helm(Chart.CHART).lint().strict().quiet().call();
    assertThat(lint.getMessages()).noneMatch(message -> message.startsWith("[WARNING]"));
    assertThat(lint.isFailed()).as(lint.getMessages().toString()).isFalse();
  }

  @Test
  void thePodsRunWithoutAnyPrivilege() {
    JsonNode spec = Chart.only(DEFAULTS, "Deployment").at("/spec/template/spec");
    assertThat(spec.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
    assertThat(spec.at("/securityContext/runAsUser").asInt()).isPositive();
    assertThat(spec.at("/securityContext/seccompProfile/type").asString())
        .isEqualTo("RuntimeDefault");
    assertThat(spec.get("containers")).isNotEmpty();
    for (JsonNode container : spec.get("containers")) {
      JsonNode security = container.get("securityContext");
      assertThat(security.get("allowPrivilegeEscalation").asBoolean(true)).isFalse();
      assertThat(security.get("readOnlyRootFilesystem").asBoolean()).isTrue();
      assertThat(security.at("/capabilities/drop/0").asString()).isEqualTo("ALL");
      for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
        assertThat(ports(container))
            .contains(container.at("/" + probe + "/httpGet/port").asString());
      }
    }
  }

  private static List<String> ports(JsonNode container) {
    return container.get("ports").valueStream().map(port -> port.get("name").asString()).toList();
  }

  @Test
  void whatSelectsPodsSelectsThese() {
    List<JsonNode> all =
        Chart.objects(Map.of("podMonitor.enabled", true, "podLabels.team", "edge"));
    JsonNode template = Chart.only(all, "Deployment").at("/spec/template");
    JsonNode labels = template.at("/metadata/labels");
    assertThat(labels.path("team").asString()).isEqualTo("edge");
    List<JsonNode> selectors = new ArrayList<>();
    selectors.add(Chart.only(all, "Deployment").at("/spec/selector/matchLabels"));
    selectors.add(Chart.only(all, "Service").at("/spec/selector"));
    selectors.add(Chart.only(all, "PodDisruptionBudget").at("/spec/selector/matchLabels"));
    selectors.add(Chart.only(all, "NetworkPolicy").at("/spec/podSelector/matchLabels"));
    selectors.add(Chart.only(all, "PodMonitor").at("/spec/selector/matchLabels"));
    for (JsonNode selector : selectors) {
      assertThat(selector.propertyNames()).isNotEmpty();
      selector.forEachEntry((name, value) -> assertThat(labels.get(name)).isEqualTo(value));
      // And none of the proxies that the controller makes.
      assertThat(selector.get("app.kubernetes.io/component").asString()).isEqualTo("controller");
    }
    List<String> ports = ports(template.at("/spec/containers/0"));
    assertThat(ports)
        .contains(
            Chart.only(all, "Service").at("/spec/ports/0/targetPort").asString(),
            Chart.only(all, "PodMonitor").at("/spec/podMetricsEndpoints/0/port").asString(),
            Chart.only(all, "NetworkPolicy").at("/spec/ingress/0/ports/0/port").asString());
  }

  // --- what the controller may do ----------------------------------------------------------------

  /**
   * {@code verb group/resource} of all rules of roles of a kind, with names where it is for some.
   */
  private static Set<String> allowed(List<JsonNode> objects, String kind) {
    Set<String> allowed = new TreeSet<>();
    for (JsonNode role : Chart.all(objects, kind)) {
      for (JsonNode rule : role.get("rules")) {
        for (JsonNode group : rule.get("apiGroups")) {
          for (JsonNode resource : rule.get("resources")) {
            for (JsonNode verb : rule.get("verbs")) {
              allowed.add(
                  "%s %s/%s%s"
                      .formatted(
                          verb.asString(),
                          group.asString(),
                          resource.asString(),
                          rule.has("resourceNames") ? " " + rule.get("resourceNames") : ""));
            }
          }
        }
      }
    }
    return allowed;
  }

  @Test
  void theControllerMayReadAllThatItReads() {
    Set<String> allowed = allowed(DEFAULTS, "ClusterRole");
    for (ObjectType<?> type : StandardTypes.ALL) {
      Kind kind = type.kind();
      assertThat(allowed)
          .contains(
              "get " + kind.group() + "/" + kind.plural(),
              "list " + kind.group() + "/" + kind.plural(),
              "watch " + kind.group() + "/" + kind.plural());
    }
  }

  @Test
  void itMayNotWriteWhatOthersWrite() {
    Set<String> host = allowed(Chart.objects(Map.of("provisioning", false)), "ClusterRole");
    assertThat(host)
        .noneMatch(rule -> rule.contains("*"))
        .filteredOn(rule -> !rule.matches("(get|list|watch) .*"))
        .allMatch(rule ->
            rule.matches("patch gateway\\.networking\\.(x-)?k8s\\.io/[a-z]+/status")
                || List.of(
                        "create authentication.k8s.io/tokenreviews",
                        "create events.k8s.io/events",
                        "patch admissionregistration.k8s.io/validatingwebhookconfigurations [\"weir\"]")
                    .contains(rule));
    Set<String> more = allowed(DEFAULTS, "ClusterRole");
    more.removeAll(host);
    assertThat(more)
        .isNotEmpty()
        .allMatch(rule ->
            rule.matches(
                    "(get|list|create|patch|delete) (/(serviceaccounts|configmaps|services)"
                        + "|apps/(deployments|daemonsets)"
                        + "|autoscaling/horizontalpodautoscalers"
                        + "|policy/poddisruptionbudgets"
                        + "|networking\\.k8s\\.io/networkpolicies)")
                || rule.equals("update gateway.networking.k8s.io/gateways/finalizers"));
    // Of its own namespace it writes one Lease and one Secret.
    assertThat(allowed(DEFAULTS, "Role"))
        .containsExactlyInAnyOrder(
            "create /secrets",
            "create coordination.k8s.io/leases",
            "get /secrets [\"weir-ca\"]",
            "get coordination.k8s.io/leases [\"weir-controller\"]",
            "patch coordination.k8s.io/leases [\"weir-controller\"]",
            "update coordination.k8s.io/leases [\"weir-controller\"]");
  }

  /** Certificates that somebody else issues are read where they are mounted, and nowhere else. */
  @Test
  void certificatesMayComeFromASecret() {
    List<JsonNode> all = Chart.objects(Map.of("tls.secretName", "weir-tls"));
    JsonNode spec = Chart.only(all, "Deployment").at("/spec/template/spec");
    JsonNode volume =
        spec.get("volumes")
            .valueStream()
            .filter(each -> each.at("/secret/secretName").asString("").equals("weir-tls"))
            .findFirst()
            .orElseThrow();
    String path =
        spec.at("/containers/0/volumeMounts")
            .valueStream()
            .filter(mount -> mount.get("name").equals(volume.get("name")))
            .findFirst()
            .orElseThrow()
            .get("mountPath")
            .asString();
    assertThat(spec.at("/containers/0/args").valueStream().map(JsonNode::asString))
        .containsSequence("--cert", path + "/tls.crt")
        .containsSequence("--key", path + "/tls.key")
        .containsSequence("--ca", path + "/ca.crt");
    assertThat(allowed(all, "Role")).noneMatch(rule -> rule.contains("secrets"));
  }

  @Test
  void secretsCanBeKeptToSomeNamespaces() {
    List<JsonNode> all =
        Chart.objects(Map.of("rbac.secretNamespaces[0]", "shop", "provisioning", false));
    String secrets = Secret.TYPE.kind().plural();
    assertThat(allowed(all, "ClusterRole"))
        .noneMatch(rule -> rule.endsWith("/" + secrets))
        .noneMatch(rule -> rule.endsWith("/" + ConfigMap.TYPE.kind().plural()));
    assertThat(Chart.all(all, "Role"))
        .filteredOn(role -> role.at("/metadata/namespace").asString().equals("shop"))
        .hasSize(1);
    assertThat(Chart.all(all, "RoleBinding"))
        .filteredOn(binding -> binding.at("/metadata/namespace").asString().equals("shop"))
        .singleElement()
        .satisfies(binding ->
            assertThat(binding.at("/subjects/0/namespace").asString()).isEqualTo("weir-system"));
  }

  @Test
  void theArgumentsAreThoseOfTheCommand() {
    for (Map<String, Object> values :
        List.<Map<String, Object>>of(
            Map.of(),
            Map.of(
                "provisioning", false, "webhook.enabled", false, "tls.secretName", "weir-tls"))) {
      List<String> arguments =
          Chart.only(Chart.objects(values), "Deployment")
              .at("/spec/template/spec/containers/0/args")
              .valueStream()
              .map(JsonNode::asString)
              .toList();
      CommandLine.ParseResult parsed =
          Main.commandLine().parseArgs(arguments.toArray(String[]::new));
      assertThat(parsed.subcommand().commandSpec().name()).isEqualTo("controller");
      assertThat(parsed.subcommand().hasMatchedOption("--proxy-image")).isEqualTo(values.isEmpty());
      assertThat(parsed.subcommand().hasMatchedOption("--webhook")).isEqualTo(values.isEmpty());
      assertThat(parsed.subcommand().hasMatchedOption("--cert")).isNotEqualTo(values.isEmpty());
    }
  }

  @Test
  void theWebhookJudgesAllThatTheControllerReadsOfItsOwn() {
    JsonNode hook = Chart.only(DEFAULTS, "ValidatingWebhookConfiguration");
    assertThat(hook.at("/metadata/name").asString()).isEqualTo(WebhookRegistration.CONFIGURATION);
    assertThat(hook.at("/webhooks/0/name").asString()).isEqualTo(WebhookRegistration.WEBHOOK);
    assertThat(hook.at("/webhooks/0/failurePolicy").asString()).isEqualTo("Ignore");
    Set<String> judged = new TreeSet<>();
    for (JsonNode rule : hook.at("/webhooks/0/rules")) {
      rule.get("resources")
          .forEach(each -> judged.add(rule.at("/apiGroups/0").asString() + "/" + each.asString()));
    }
    assertThat(judged)
        .containsExactlyInAnyOrderElementsOf(
            StandardTypes.ALL.stream()
                .filter(type -> type.layout() == ObjectType.Layout.SPEC)
                .map(type -> type.kind().group() + "/" + type.kind().plural())
                .toList());
    assertThat(ports(Chart.only(DEFAULTS, "Deployment").at("/spec/template/spec/containers/0")))
        .contains(Chart.only(DEFAULTS, "Service").at("/spec/ports/1/targetPort").asString());
  }

  @Test
  void everyRoleIsBoundToTheAccountOfThePods() {
    String account = Chart.only(DEFAULTS, "ServiceAccount").at("/metadata/name").asString();
    assertThat(
            Chart.only(DEFAULTS, "Deployment")
                .at("/spec/template/spec/serviceAccountName")
                .asString())
        .isEqualTo(account);
    for (String kind : List.of("ClusterRole", "Role")) {
      JsonNode binding = Chart.only(DEFAULTS, kind + "Binding");
      assertThat(binding.at("/roleRef/name"))
          .isEqualTo(Chart.only(DEFAULTS, kind).at("/metadata/name"));
      assertThat(binding.at("/subjects/0/name").asString()).isEqualTo(account);
    }
  }

  // --- values ------------------------------------------------------------------------------------

  @Test
  void everyValueChangesSomething() {
    String before = Chart.text("weir-system", Map.of());
    Map<String, Object> changes =
        Map.ofEntries(
            Map.entry("image.repository", "registry.example/weir"),
            Map.entry("image.tag", "7"),
            Map.entry("image.pullPolicy", "Always"),
            Map.entry("imagePullSecrets[0].name", "registry"),
            Map.entry("replicas", 3),
            Map.entry("resources.limits.memory", "2Gi"),
            Map.entry("javaOptions", "-Xmx512m"),
            Map.entry("logLevel", "DEBUG"),
            Map.entry("podAnnotations.note", "x"),
            Map.entry("podLabels.team", "x"),
            Map.entry("nodeSelector.pool", "x"),
            Map.entry("tolerations[0].operator", "Exists"),
            Map.entry("affinity.podAffinity.x", "y"),
            Map.entry("priorityClassName", "high"),
            Map.entry("serviceAccount.annotations.role", "x"),
            Map.entry("gatewayClass.create", false),
            Map.entry("gatewayClass.name", "edge"),
            Map.entry("provisioning", false),
            Map.entry("webhook.enabled", false),
            Map.entry("rbac.secretNamespaces[0]", "shop"),
            Map.entry("networkPolicy.enabled", false),
            Map.entry("networkPolicy.metricsFrom[0].podSelector.matchLabels.a", "b"),
            Map.entry("leaderElection.leaseSeconds", 9),
            Map.entry("leaderElection.renewSeconds", 9),
            Map.entry("leaderElection.retrySeconds", 1),
            Map.entry("tls.secretName", "weir-tls"),
            Map.entry("podMonitor.enabled", true));
    changes.forEach((name, value) -> {
      String after = Chart.text("weir-system", Map.of(name, value));
      assertThat(after).as(name).isNotEqualTo(before);
      assertThat(Chart.objects(after)).as(name).isNotEmpty();
    });
    Map<String, ?> parameters =
        Map.of("gatewayClass.parametersRef.name", "a", "gatewayClass.parametersRef.namespace", "b");
    assertThat(
            Chart.only(Chart.objects(parameters), "GatewayClass")
                .at("/spec/parametersRef/namespace")
                .asString())
        .isEqualTo("b");
  }

  @Test
  void theVersionIsThatOfTheBuild() throws IOException {
    String pom = Files.readString(Path.of("../pom.xml"));
    String version = pom.replaceAll("(?s).*?<version>([0-9.]+)(-SNAPSHOT)?</version>.*", "$1");
    try (Stream<String> lines = Files.lines(Chart.CHART.resolve("Chart.yaml"))) {
      assertThat(lines).contains("version: " + version, "appVersion: \"" + version + "\"");
    }
  }
}
