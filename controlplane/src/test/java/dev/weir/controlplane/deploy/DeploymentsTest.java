package dev.weir.controlplane.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.resolve.States;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.problem.ObjectRef;
import dev.weir.features.Features;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Gateways in, the objects that run their proxies out. Each file of {@code
 * src/test/resources/deploy} has Gateways, and after a line of {@code =} what is made for them;
 * {@code -Dgolden.write=true} writes the second part anew.
 */
class DeploymentsTest {
  private static final Path FOLDER = Path.of("src/test/resources/deploy");
  private static final String LINE = "=".repeat(80) + "\n";
  private static final DeploySettings SETTINGS =
      new DeploySettings(
          "weir.weir-system.svc:18000",
          "registry.example/weir:1",
          new DeploySettings.Issued(
              "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
  private static final String CLASS =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      """;

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void makesWhatIsExpected(Path file) throws IOException {
    String text = Files.readString(file);
    int line = text.indexOf(LINE);
    String input = line < 0 ? text : text.substring(0, line);
    StringBuilder actual = new StringBuilder(input).append(LINE);
    deployed(input)
        .forEach((gateway, objects) -> {
          actual.append("# ").append(gateway).append(objects.isEmpty() ? ": nothing\n" : "\n");
          objects.forEach(object -> actual.append(yaml(object)));
        });

    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(file, actual);
    }
    assertThat(actual.toString()).isEqualTo(Files.readString(file));
  }

  private static SequencedMap<ObjectRef, List<DeployedObject>> deployed(String yaml) {
    return deployed(yaml, SETTINGS);
  }

  private static SequencedMap<ObjectRef, List<DeployedObject>> deployed(
      String yaml, DeploySettings settings) {
    ClusterState state = States.of(CLASS + yaml);
    Pipeline.Translation translation =
        new Pipeline(Features.ALL)
            .translate(state, new AddressAllocation(Map.of(), List.of("192.0.2.1")));
    return Deployments.of(state, translation.resolution().topology(), settings);
  }

  private static List<DeployedObject> deployed(String gateway, String parameters) {
    return deployed(
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {namespace: shop, name: %s}
            spec:
              gatewayClassName: weir
              infrastructure: {parametersRef: {group: weir.dev, kind: GatewayParameters, name: own}}
              listeners: [{name: http, port: 80, protocol: HTTP}]
            ---
            apiVersion: weir.dev/v1alpha1
            kind: GatewayParameters
            metadata: {namespace: shop, name: own}
            spec:
              %s
            """
                .formatted(gateway, parameters.indent(2).strip()))
        .firstEntry()
        .getValue();
  }

  private static JsonNode json(List<DeployedObject> objects, String kind) {
    return objects.stream()
        .filter(object -> object.ref().kind().equals(kind))
        .<JsonNode>map(object -> JsonMapper.shared().valueToTree(object.content()))
        .findFirst()
        .orElseThrow();
  }

  private static String yaml(DeployedObject object) {
    return new Dump(
            DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setExplicitStart(true)
                .setIndicatorIndent(0)
                .setSplitLines(false)
                .build())
        .dumpToString(object.content());
  }

  @Test
  void isTheSameForTheSameInput() throws IOException {
    for (Path file : files()) {
      String input = Files.readString(file).split(LINE, 2)[0];
      assertThat(deployed(input)).isEqualTo(deployed(input));
    }
  }

  @Test
  void namesAreOnesOfServicesWhateverTheGatewayIsCalled() {
    String longest = "a".repeat(253);
    List<String> gateways =
        List.of(
            "a", "a.b", "a-b", "a".repeat(58), "a".repeat(59), longest, "b" + longest.substring(1));
    List<String> names = gateways.stream().map(DeployedName::of).toList();

    assertThat(names)
        .doesNotHaveDuplicates()
        .allMatch(n -> n.matches("[a-z]([-a-z0-9]{0,61}[a-z0-9])?"));
    assertThat(names.subList(0, 1)).containsExactly("weir-a");
    assertThat(names.get(3)).isEqualTo("weir-" + "a".repeat(58));
    assertThat(DeployedName.of(longest)).isEqualTo(names.get(5));
    assertThat(DeployedName.labelValue(longest))
        .matches("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
        .isNotEqualTo(DeployedName.labelValue("b" + longest.substring(1)));
    assertThat(DeployedName.labelValue("a.b")).isEqualTo("a.b");
  }

  @Test
  void wishesForThePodAreMergedByName() {
    JsonNode template =
        json(
                deployed(
                    "a",
                    """
                    {deployment: {
                      podLabels: {team: shop, app.kubernetes.io/component: other},
                      podTemplate: {
                        metadata: {
                          labels: {app.kubernetes.io/name: other}, annotations: {note: x}},
                        spec: {
                          priorityClassName: high,
                          topologySpreadConstraints: [
                            {topologyKey: kubernetes.io/hostname, maxSkew: 2}],
                          enableServiceLinks: null,
                          tolerations: [{operator: Exists}],
                          volumes: [{name: logs, emptyDir: {}}],
                          containers: [
                            {name: proxy,
                             env: [{name: WEIR_LOG_LEVEL, value: DEBUG}],
                             volumeMounts: [{mountPath: /var/log, name: logs}],
                             securityContext: {runAsUser: 7}},
                            {name: beside, image: "beside:1"}]}}}}
                    """),
                "Deployment")
            .at("/spec/template");

    JsonNode spec = template.get("spec");
    assertThat(spec.path("priorityClassName").asString()).isEqualTo("high");
    assertThat(spec.has("enableServiceLinks")).isFalse();
    assertThat(spec.at("/tolerations/0/operator").asString()).isEqualTo("Exists");
    assertThat(spec.at("/topologySpreadConstraints/1/maxSkew").asInt()).isEqualTo(2);
    assertThat(spec.at("/topologySpreadConstraints/1/whenUnsatisfiable").asString())
        .isEqualTo("ScheduleAnyway");
    assertThat(spec.get("volumes").valueStream().map(v -> v.get("name").asString()))
        .containsExactly("identity", "state", "tmp", "logs");
    assertThat(spec.get("containers").valueStream().map(c -> c.get("name").asString()))
        .containsExactly("proxy", "beside");
    JsonNode proxy = spec.at("/containers/0");
    assertThat(proxy.get("image").asString()).isEqualTo("registry.example/weir:1");
    assertThat(proxy.get("env")).hasSize(2);
    assertThat(proxy.get("volumeMounts")).hasSize(4);
    assertThat(proxy.at("/securityContext/runAsUser").asInt()).isEqualTo(7);
    assertThat(proxy.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
    // What the Deployment selects by cannot be taken from its pods.
    assertThat(template.at("/metadata/labels/app.kubernetes.io~1name").asString())
        .isEqualTo("weir");
    assertThat(template.at("/metadata/labels/app.kubernetes.io~1component").asString())
        .isEqualTo("proxy");
    assertThat(template.at("/metadata/labels/team").asString()).isEqualTo("shop");
    assertThat(template.at("/metadata/annotations/note").asString()).isEqualTo("x");
  }

  @Test
  void aSingleProxyHasNoBudgetUnlessOneIsAskedFor() {
    assertThat(deployed("a", "{deployment: {replicas: 1}}"))
        .noneMatch(object -> object.ref().kind().equals("PodDisruptionBudget"));
    assertThat(
            json(
                    deployed(
                        "a",
                        "{deployment: {replicas: 1, podDisruptionBudget: {minAvailable: 50%}}}"),
                    "PodDisruptionBudget")
                .at("/spec/minAvailable")
                .asString())
        .isEqualTo("50%");
  }

  @ParameterizedTest
  @CsvSource({"LoadBalancer, loadBalancerIP", "ClusterIP, clusterIP", "NodePort, ''"})
  void theServiceAsksForTheAddressThatTheGatewayNames(String type, String field) {
    JsonNode spec =
        json(
                deployed(
                        """
                        apiVersion: gateway.networking.k8s.io/v1
                        kind: Gateway
                        metadata: {namespace: shop, name: a}
                        spec:
                          gatewayClassName: weir
                          infrastructure:
                            parametersRef: {group: weir.dev, kind: GatewayParameters, name: own}
                          addresses: [{value: 192.0.2.7}]
                          listeners: [{name: http, port: 80, protocol: HTTP}]
                        ---
                        apiVersion: weir.dev/v1alpha1
                        kind: GatewayParameters
                        metadata: {namespace: shop, name: own}
                        spec: {deployment: {service: {type: %s}}}
                        """
                            .formatted(type))
                    .firstEntry()
                    .getValue(),
                "Service")
            .get("spec");

    for (String each : List.of("loadBalancerIP", "clusterIP")) {
      assertThat(spec.path(each).asString("none"))
          .isEqualTo(each.equals(field) ? "192.0.2.7" : "none");
    }
  }

  @Test
  void aLimitIsNotBelowWhatIsRequested() {
    JsonNode resources =
        json(deployed("a", "{deployment: {resources: {limits: {memory: 128Mi}}}}"), "Deployment")
            .at("/spec/template/spec/containers/0/resources");
    assertThat(resources.toString())
        .isEqualTo("{\"requests\":{\"cpu\":\"100m\"},\"limits\":{\"memory\":\"128Mi\"}}");
  }

  /** Certificate and authorities come from a Secret: nothing else proves who a pod is. */
  @Test
  void identitiesMayBeInSecrets() {
    List<DeployedObject> made =
        deployed(
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {namespace: shop, name: a}
                spec:
                  gatewayClassName: weir
                  listeners: [{name: http, port: 80, protocol: HTTP}]
                """,
                new DeploySettings("weir:18000", "weir:1", new DeploySettings.InSecret()))
            .firstEntry()
            .getValue();

    assertThat(made).noneMatch(object -> object.ref().kind().equals("ConfigMap"));
    JsonNode pod = json(made, "Deployment").at("/spec/template/spec");
    assertThat(pod.at("/volumes/0").toString())
        .isEqualTo("{\"name\":\"identity\",\"secret\":{\"secretName\":\"weir-a\"}}");
    assertThat(pod.at("/containers/0/args").valueStream().map(JsonNode::asString))
        .containsSequence("--ca", "/var/run/secrets/weir.dev/ca.crt")
        .containsSequence("--cert", "/var/run/secrets/weir.dev/tls.crt")
        .containsSequence("--key", "/var/run/secrets/weir.dev/tls.key")
        .doesNotContain("--token-file");
  }

  @Test
  void gatewaysThatAreNotServedKeepWhatTheyHave() {
    assertThat(
            deployed(
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {namespace: shop, name: lost}
                spec:
                  gatewayClassName: weir
                  infrastructure: {parametersRef: {group: weir.dev, kind: GatewayParameters, name: no}}
                  listeners: [{name: http, port: 80, protocol: HTTP}]
                """))
        .isEmpty();
  }
}
