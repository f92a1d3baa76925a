package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.controlplane.decode.SharedData;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.controlplane.status.Fleets;
import dev.weir.controlplane.status.ObjectStatus;
import dev.weir.controlplane.status.StatusBook;
import dev.weir.controlplane.status.StatusText;
import dev.weir.controlplane.translate.Translator;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.problem.ObjectRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the Gateway API's conformance cases expect of status, up to the first step that changes an
 * object. Everything counts as applied by a proxy, and all features are claimed. Skipped where the
 * data is not present.
 */
class ConformanceStatusTest {
  private static final Path DATA = SharedData.path("gateway-api");
  private static final Path CREDENTIALS = Path.of("src/test/resources/credentials");
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Set<String> CHANGES =
      Set.of("patch", "apply", "delete", "patchEndpointSlices");
  private static final String INFRA = "gateway-conformance-infra";
  private static final String WEB = "gateway-conformance-web-backend";

  @Test
  void dataIsPresent() {
    assumeTrue(Files.isDirectory(DATA), "no " + DATA + ": not run");
    assertThat(DATA.resolve("cases")).isNotEmptyDirectory();
  }

  @TestFactory
  Stream<DynamicTest> cases() throws IOException {
    if (!Files.isDirectory(DATA)) {
      return Stream.of();
    }
    try (Stream<Path> files = Files.list(DATA.resolve("cases"))) {
      return files.sorted().toList().stream()
          .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> run(file)));
    }
  }

  private static void run(Path file) throws IOException {
    JsonNode testCase = JSON.readTree(Files.readString(file));
    Map<String, JsonNode> objects = statuses(testCase);
    for (JsonNode step : testCase.get("steps")) {
      if (CHANGES.contains(step.get("action").asString())) {
        return;
      }
      check(step, objects);
    }
  }

  private static Map<String, JsonNode> statuses(JsonNode testCase) throws IOException {
    List<SourceText> sources = new ArrayList<>();
    sources.add(SourceText.of("class.yaml", GATEWAY_CLASS));
    sources.add(SourceText.of("credentials.yaml", credentials()));
    for (JsonNode manifest : testCase.get("manifests")) {
      String text = Files.readString(DATA.resolve("manifests").resolve(manifest.asString()));
      sources.add(
          SourceText.of(
              manifest.asString(),
              text.replace("{GATEWAY_CLASS_NAME}", "weir")
                  .replace("{GATEWAY_CONTROLLER_NAME}", ResolveOptions.CONTROLLER_NAME)
                  .replace("PLACEHOLDER_UNUSABLE_ADDRS", "192.0.2.1")
                  .replace("PLACEHOLDER_USABLE_ADDRS", "127.0.0.2")));
    }
    Load load = new Manifests(StandardTypes.ALL, () -> States.START).load(sources);
    Resolution resolution = new Resolver().resolve(load.state(), options(load));
    List<ObjectStatus> statuses =
        new StatusBook(ResolveOptions.CONTROLLER_NAME)
            .write(
                resolution.report(),
                Fleets.accepting(
                    new Translator(List.of(new KnownFilters()))
                        .translate(resolution.topology(), new ServiceEndpoints(load.state())::of)),
                States.START);
    Map<String, JsonNode> objects = new HashMap<>();
    for (JsonNode object : JSON.readTree(StatusText.json(statuses))) {
      JsonNode metadata = object.get("metadata");
      objects.put(
          object.get("kind").asString()
              + "/"
              + metadata.path("namespace").asString("")
              + "/"
              + metadata.get("name").asString(),
          object.get("status"));
    }
    return objects;
  }

  /** Each gateway with an address of its own, as from a pool. */
  private static ResolveOptions options(Load load) {
    Map<ObjectRef, List<String>> assigned = new HashMap<>();
    for (var gateway : load.state().objects(Gateway.TYPE)) {
      assigned.put(gateway.ref(), List.of("127.1.0." + (assigned.size() + 1)));
    }
    return new ResolveOptions(
        ResolveOptions.CONTROLLER_NAME,
        new AddressAllocation(assigned, List.of()),
        Set.of(
            "BackendTLSPolicy",
            "GRPCRoute",
            "Gateway",
            "GatewayBackendClientCertificate",
            "GatewayFrontendClientCertificateValidation",
            "GatewayFrontendClientCertificateValidationInsecureFallback",
            "HTTPRoute",
            "HTTPRouteRetry",
            "ListenerSet",
            "ReferenceGrant",
            "TCPRoute",
            "TLSRoute",
            "TLSRouteModeTerminate",
            "UDPRoute"),
        new KnownFilters().all());
  }

  private static void check(JsonNode step, Map<String, JsonNode> objects) {
    String action = step.get("action").asString();
    switch (action) {
      case "expectGatewayCondition" ->
          condition(step, object(objects, "Gateway", step.get("gateway")).get("conditions"));
      case "expectListenerSetCondition" ->
          condition(
              step, object(objects, "ListenerSet", step.get("listenerSet")).get("conditions"));
      case "expectGatewayClassCondition" ->
          condition(
              step,
              object(objects, "GatewayClass//" + step.get("gatewayClass").asString())
                  .get("conditions"));
      case "expectRouteCondition" ->
          condition(step, parent(route(objects, step), step.get("gateway")).get("conditions"));
      case "expectPolicyCondition" ->
          condition(
              step,
              list(object(objects, step.get("kind").asString(), step.get("policy"))
                      .get("ancestors"))
                  .filter(a -> sameName(a.get("ancestorRef"), step.get("ancestor")))
                  .findFirst()
                  .orElseThrow()
                  .get("conditions"));
      case "expectRouteNoAcceptedParents" ->
          assertThat(
                  list(route(objects, step).get("parents"))
                      .filter(p -> status(p.get("conditions"), "Accepted").equals("True")))
              .as("%s", step)
              .isEmpty();
      case "expectRouteParents" -> {
        for (JsonNode expected : step.get("parents")) {
          JsonNode parent = parent(route(objects, step), expected.get("parentRef"));
          expected.get("conditions").forEach(c -> condition(step, c, parent.get("conditions")));
        }
      }
      case "waitGatewayAndRoutesAccepted" -> {
        JsonNode gateway = object(objects, "Gateway", step.get("gateway"));
        assertThat(gateway.get("addresses")).as("%s", step).isNotEmpty();
        accepted(step, step.get("gateway"), objects);
        if (step.path("listenerConditionsChecked").asBoolean(true)) {
          healthy(step, gateway);
        }
      }
      case "waitRoutesAndParentAccepted" -> {
        JsonNode parent = step.get("parent");
        healthy(step, object(objects, parent.path("kind").asString("Gateway"), parent));
        accepted(step, parent, objects);
      }
      case "expectListenersConditions" -> listenersConditions(step, objects);
      case "expectListenersStatus" -> listenersStatus(step, objects);
      case "expectGatewayAttachedListenerSets" ->
          assertThat(
                  object(objects, "Gateway", step.get("gateway"))
                      .get("attachedListenerSets")
                      .asInt())
              .isEqualTo(step.get("count").asInt());
      case "expectGatewayZeroRoutes" ->
          assertThat(list(object(objects, "Gateway", step.get("gateway")).get("listeners")))
              .as("%s", step)
              .allMatch(listener -> listener.get("attachedRoutes").asInt() == 0);
      default -> {}
    }
  }

  private static void accepted(JsonNode step, JsonNode parent, Map<String, JsonNode> objects) {
    for (JsonNode route : step.get("routes")) {
      JsonNode status = object(objects, step.get("routeKind").asString(), route);
      assertThat(status(parent(status, parent).get("conditions"), "Accepted"))
          .as("%s: %s", step, route)
          .isEqualTo("True");
    }
  }

  private static void healthy(JsonNode step, JsonNode owner) {
    for (JsonNode listener : owner.get("listeners")) {
      for (String type : List.of("Accepted", "Programmed", "ResolvedRefs")) {
        assertThat(status(listener.get("conditions"), type))
            .as("%s: %s of %s", step, type, listener)
            .isEqualTo("True");
      }
    }
  }

  private static void listenersConditions(JsonNode step, Map<String, JsonNode> objects) {
    JsonNode owner = object(objects, step.get("parentKind").asString(), step.get("parent"));
    for (JsonNode listener : owner.get("listeners")) {
      JsonNode names = step.get("listeners");
      boolean named =
          !names.isArray() || list(names).anyMatch(name -> name.asString().equals(name(listener)));
      if (named) {
        step.get("conditions").forEach(c -> condition(step, c, listener.get("conditions")));
      }
    }
  }

  private static void listenersStatus(JsonNode step, Map<String, JsonNode> objects) {
    JsonNode owner = object(objects, step.get("parentKind").asString(), step.get("parent"));
    assertThat(list(owner.get("listeners")).map(ConformanceStatusTest::name))
        .containsExactlyInAnyOrderElementsOf(
            list(step.get("listeners")).map(ConformanceStatusTest::name).toList());
    for (JsonNode expected : step.get("listeners")) {
      JsonNode listener =
          list(owner.get("listeners"))
              .filter(candidate -> name(candidate).equals(name(expected)))
              .findFirst()
              .orElseThrow();
      assertThat(listener.get("attachedRoutes").asInt())
          .as("%s: %s", step, listener)
          .isEqualTo(expected.get("attachedRoutes").asInt());
      List<String> kinds = kinds(listener);
      assertThat(kinds).as("%s", step).containsAll(kinds(expected));
      assertThat(kinds.isEmpty()).as("%s", step).isEqualTo(kinds(expected).isEmpty());
      expected.get("conditions").forEach(c -> condition(step, c, listener.get("conditions")));
    }
  }

  private static List<String> kinds(JsonNode listener) {
    return list(listener.get("supportedKinds")).map(kind -> kind.get("kind").asString()).toList();
  }

  private static String name(JsonNode named) {
    return named.get("name").asString();
  }

  private static void condition(JsonNode step, JsonNode conditions) {
    condition(step, step.get("condition"), conditions);
  }

  private static void condition(JsonNode step, JsonNode expected, JsonNode conditions) {
    assertThat(list(conditions))
        .as("%s wants %s", step, expected)
        .anyMatch(condition ->
            condition.get("type").equals(expected.get("type"))
                && fits(condition.get("status"), expected.get("status"))
                && fits(condition.get("reason"), expected.get("reason")));
  }

  private static boolean fits(JsonNode actual, JsonNode expected) {
    return expected.asString().equals("*") || actual.equals(expected);
  }

  private static String status(JsonNode conditions, String type) {
    return list(conditions)
        .filter(condition -> condition.get("type").asString().equals(type))
        .map(condition -> condition.get("status").asString())
        .findFirst()
        .orElse("");
  }

  private static JsonNode route(Map<String, JsonNode> objects, JsonNode step) {
    return object(objects, step.get("kind").asString(), step.get("route"));
  }

  private static JsonNode parent(JsonNode route, JsonNode name) {
    return list(route.get("parents"))
        .filter(parent -> sameName(parent.get("parentRef"), name))
        .findFirst()
        .orElseThrow();
  }

  private static boolean sameName(JsonNode ref, JsonNode name) {
    return name(ref).equals(name(name));
  }

  private static JsonNode object(Map<String, JsonNode> objects, String kind, JsonNode name) {
    return object(objects, kind + "/" + name.path("namespace").asString("") + "/" + name(name));
  }

  private static JsonNode object(Map<String, JsonNode> objects, String key) {
    JsonNode status = objects.get(key);
    assertThat(status).as("status of %s", key).isNotNull();
    return Objects.requireNonNull(status);
  }

  private static Stream<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  /** The Secrets and ConfigMaps that the suite makes; for status it does not matter of what. */
  private static String credentials() throws IOException {
    String chain = Files.readString(CREDENTIALS.resolve("ec.crt")).indent(4);
    String key = Files.readString(CREDENTIALS.resolve("ec-pkcs8.key")).indent(4);
    StringBuilder yaml = new StringBuilder();
    for (String secret :
        List.of(
            WEB + "/certificate",
            INFRA + "/tls-validity-checks-certificate",
            INFRA + "/tls-validity-checks-client-certificate",
            INFRA + "/tls-validity-checks-per-port-client-certificate",
            INFRA + "/tls-checks-certificate",
            INFRA + "/tls-checks-client-certificate",
            INFRA + "/tls-passthrough-checks-certificate",
            INFRA + "/tls-terminate-checks-certificate")) {
      yaml.append(
          """
          ---
          apiVersion: v1
          kind: Secret
          metadata: {namespace: %s, name: %s}
          stringData:
            tls.crt: |
          %s  tls.key: |
          %s\
          """
              .formatted(secret.split("/")[0], secret.split("/")[1], chain, key));
    }
    for (String configMap :
        List.of(
            WEB + "/web-backend-cm",
            INFRA + "/tls-validity-checks-ca-certificate",
            INFRA + "/tls-validity-checks-per-port-ca-certificate",
            INFRA + "/tls-checks-ca-certificate",
            INFRA + "/mismatch-ca-certificate")) {
      yaml.append(
          """
          ---
          apiVersion: v1
          kind: ConfigMap
          metadata: {namespace: %s, name: %s}
          data:
            ca.crt: |
          %s\
          """
              .formatted(configMap.split("/")[0], configMap.split("/")[1], chain));
    }
    return yaml.toString();
  }

  private static final String GATEWAY_CLASS =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      """;
}
