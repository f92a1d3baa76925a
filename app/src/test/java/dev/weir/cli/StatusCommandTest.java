package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class StatusCommandTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String OBJECTS =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge}
      spec:
        gatewayClassName: weir
        addresses: [{value: 127.0.0.9}]
        listeners: [{name: http, port: 8080, protocol: HTTP}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: shop}
      spec:
        parentRefs: [{name: edge}]
        rules: [{backendRefs: [{name: missing, port: 80}]}]
      """;

  @TempDir private Path directory;

  private static JsonNode condition(JsonNode conditions, String type) {
    for (JsonNode condition : conditions) {
      if (condition.get("type").asString().equals(type)) {
        return condition;
      }
    }
    throw new AssertionError("no " + type + " in " + conditions);
  }

  private static String summary(JsonNode conditions, String type) {
    JsonNode condition = condition(conditions, type);
    return condition.get("status").asString() + " " + condition.get("reason").asString();
  }

  private static List<JsonNode> documents(String yaml) {
    List<JsonNode> documents = new ArrayList<>();
    new Load(LoadSettings.builder().build())
        .loadAllFromString(yaml)
        .forEach(document -> documents.add(JSON.valueToTree(document)));
    return documents;
  }

  private void write(String text) throws IOException {
    Files.writeString(directory.resolve("all.yaml"), text);
  }

  @Test
  void printsWhatAControllerWouldWrite() throws IOException {
    write(OBJECTS);

    Invocation status = Invocation.of("status", directory.toString());

    assertThat(status.status()).isZero();
    assertThat(status.err()).isEmpty();
    List<JsonNode> documents = documents(status.out());
    assertThat(documents)
        .extracting(each -> each.get("apiVersion").asString() + " " + each.get("kind").asString())
        .containsExactly(
            "gateway.networking.k8s.io/v1 GatewayClass",
            "gateway.networking.k8s.io/v1 Gateway",
            "gateway.networking.k8s.io/v1 HTTPRoute");
    JsonNode gateway = documents.get(1).get("status");
    assertThat(gateway.at("/addresses/0/value").asString()).isEqualTo("127.0.0.9");
    assertThat(summary(gateway.get("conditions"), "Accepted")).isEqualTo("True Accepted");
    assertThat(summary(gateway.get("conditions"), "Programmed")).isEqualTo("False Pending");
    assertThat(gateway.at("/listeners/0/attachedRoutes").asInt()).isOne();
    JsonNode route = documents.get(2).at("/status/parents/0");
    assertThat(route.get("controllerName").asString()).isEqualTo("weir.dev/gateway-controller");
    assertThat(summary(route.get("conditions"), "Accepted")).isEqualTo("True Accepted");
    assertThat(summary(route.get("conditions"), "ResolvedRefs")).isEqualTo("False BackendNotFound");
    assertThat(condition(route.get("conditions"), "ResolvedRefs").get("message").asString())
        .contains("spec.rules[0].backendRefs[0]", "missing");
  }

  @Test
  void jsonSaysTheSame() throws IOException {
    write(OBJECTS);
    String noTimes = "\"lastTransitionTime\":\"[^\"]*\",";

    Invocation json = Invocation.of("status", "--output", "json", directory.toString());

    assertThat(json.status()).isZero();
    assertThat(JSON.readTree(json.out()).toString().replaceAll(noTimes, ""))
        .isEqualTo(
            documents(Invocation.of("status", directory.toString()).out())
                .toString()
                .replace("}, {", "},{")
                .replaceAll(noTimes, ""));
  }

  /** An object that is not read would otherwise be missing without a word. */
  @Test
  void whatCannotBeReadIsTold() throws IOException {
    write(OBJECTS.replace("backendRefs", "backendRef"));

    Invocation status = Invocation.of("status", directory.toString());

    assertThat(status.status()).isOne();
    assertThat(status.err())
        .startsWith(directory.resolve("all.yaml") + ":19: HTTPRoute/default/shop: ")
        .contains("did you mean backendRefs?");
    assertThat(documents(status.out()))
        .extracting(each -> each.get("kind").asString())
        .containsExactly("GatewayClass", "Gateway");
  }

  @Test
  void saysWhichDirectoryIsMissing() {
    Path missing = directory.resolve("missing");
    assertThat(Invocation.of("status", missing.toString()))
        .isEqualTo(new Invocation(1, "", missing + ":1: there is no such file or directory\n"));
  }
}
