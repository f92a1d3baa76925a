package dev.weir.controlplane.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.problem.Problem;
import dev.weir.features.Features;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AdmissionTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final String WORLD =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {namespace: demo, name: edge}
      spec:
        gatewayClassName: weir
        listeners: [{name: web, port: 80, protocol: HTTP}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {namespace: demo, name: shop}
      spec: {ports: [{port: 80}]}
      """;

  private final Admission admission = new Admission(StandardTypes.ALL, Features.ALL);
  private final ClusterState world = load(WORLD).state();

  @Test
  void allowsWhatIsGood() {
    Judgement judgement = judge(route("shop", "{type: PathPrefix, value: /shop}"));

    assertThat(judgement.problems()).isEmpty();
  }

  @Test
  void refusesWhatTheSchemaRefuses() {
    Judgement judgement = judge(route("shop", "{type: PathPrefix, value: shop}"));

    assertThat(judgement.refusals())
        .extracting(Problem::toString)
        .singleElement()
        .asString()
        .startsWith("HTTPRoute/demo/route: spec.rules[0].matches[0].path.value: ");
  }

  @Test
  void refusesWhatOnlyTranslationFinds() {
    Judgement judgement = judge(route("shop", "{type: RegularExpression, value: '/(shop'}"));

    assertThat(judgement.refusals()).hasSize(1);
    assertThat(judgement.refusals().getFirst().path()).startsWith("spec.rules[0]");
  }

  @Test
  void warnsOfWhatMayStillCome() {
    Judgement judgement = judge(route("later", "{type: PathPrefix, value: /}"));

    assertThat(judgement.refusals()).isEmpty();
    assertThat(judgement.warnings()).extracting(Problem::reason).containsExactly("BackendNotFound");
  }

  @Test
  void warnsOfARivalThatMayGo() {
    Judgement judgement =
        judge(
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {namespace: demo, name: other}
            spec:
              gatewayClassName: weir
              listeners: [{name: web, port: 80, protocol: HTTP}]
            """);

    assertThat(judgement.refusals()).isEmpty();
    assertThat(judgement.warnings()).extracting(Problem::reason).contains("PortUnavailable");
  }

  @Test
  void saysWhatValidateSays() {
    String bad = route("later", "{type: RegularExpression, value: '/(shop'}");
    Load load = load(WORLD + "---\n" + bad);
    List<Problem> all = new ArrayList<>(load.problems());
    all.addAll(
        new Pipeline(Features.ALL)
            .translate(load.state(), AddressAllocation.NONE)
            .resolution()
            .report()
            .problems());

    assertThat(judge(bad).problems())
        .extracting(Problem::toString)
        .containsExactlyElementsOf(
            all.stream().map(p -> p.toString().replaceFirst("^[^ ]+:\\d+: ", "")).toList());
  }

  @Test
  void leavesTheWorldAsItIs() {
    judge(route("shop", "{type: PathPrefix, value: /}"));

    assertThat(world.object(dev.weir.core.api.gateway.HttpRoute.TYPE, "demo", "route")).isNull();
    assertThat(judge(route("shop", "{type: PathPrefix, value: /}")).problems()).isEmpty();
  }

  @Test
  void answersAReview() {
    JsonNode refused =
        answer("CREATE", route("shop", "{type: RegularExpression, value: '/(shop'}"));
    JsonNode warned = answer("UPDATE", route("later", "{type: PathPrefix, value: /}"));

    assertThat(refused.at("/response/uid").asString()).isEqualTo("42");
    assertThat(refused.at("/response/allowed").asBoolean()).isFalse();
    assertThat(refused.at("/response/status/code").asInt()).isEqualTo(422);
    assertThat(refused.at("/response/status/message").asString())
        .startsWith("HTTPRoute/demo/route: spec.rules[0]");
    assertThat(warned.at("/response/allowed").asBoolean()).isTrue();
    assertThat(warned.at("/response/warnings/0").asString()).contains("spec.rules[0].backendRefs");
  }

  @Test
  void asksNothingOfWhatIsDeleted() {
    AdmissionReview review =
        AdmissionReview.read(
            """
            {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
             "request": {"uid": "7", "operation": "DELETE", "object": null}}
            """
                .getBytes(StandardCharsets.UTF_8));

    assertThat(review.object()).isNull();
    byte[] answer = review.answer(Judgement.ALLOWED);

    assertThat(JSON.readTree(answer).at("/response/allowed").asBoolean()).isTrue();
  }

  @Test
  void refusesWhatIsNoReview() {
    assertThatThrownBy(() -> AdmissionReview.read("{}".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("AdmissionReview");
    assertThatThrownBy(() -> AdmissionReview.read("<html>".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not JSON");
  }

  private JsonNode answer(String operation, String yaml) {
    String review =
        """
        {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
         "request": {"uid": "42", "operation": "%s", "object": %s}}
        """
            .formatted(operation, json(yaml));
    AdmissionReview read = AdmissionReview.read(review.getBytes(StandardCharsets.UTF_8));
    String object = Objects.requireNonNull(read.object());
    byte[] answer = read.answer(admission.judge(object, world, AddressAllocation.NONE));
    return JSON.readTree(answer);
  }

  private Judgement judge(String yaml) {
    return admission.judge(json(yaml), world, AddressAllocation.NONE);
  }

  private static String json(String yaml) {
    return JSON.writeValueAsString(
        new org.snakeyaml.engine.v2.api.Load(
                org.snakeyaml.engine.v2.api.LoadSettings.builder().build())
            .loadFromString(yaml));
  }

  private static Load load(String yaml) {
    return new Manifests(StandardTypes.ALL, () -> Instant.parse("2026-01-01T00:00:00Z"))
        .load(List.of(SourceText.of("world.yaml", yaml)));
  }

  private static String route(String backend, String path) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {namespace: demo, name: route}
    spec:
      parentRefs: [{name: edge}]
      rules:
      - matches: [{path: %s}]
        backendRefs: [{name: %s, port: 80}]
    """
        .formatted(path, backend);
  }
}
