package dev.weir.conformance;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Takes the steps that wait for a status. */
final class StatusSteps {
  private static final String NOT_AWAITED = "gateway-api/skip-this-for-readiness";

  private final World world;

  StatusSteps(World world) {
    this.world = world;
  }

  void take(StatusStep step) throws StepFailure, InterruptedException {
    Duration limit =
        step instanceof StatusStep.GeneratedResources generated
            ? Duration.ofSeconds(generated.eventuallySeconds())
            : world.limits().status();
    Eventually.once(limit, () -> differences(step));
  }

  private List<String> differences(StatusStep step) throws IOException {
    return switch (step) {
      case StatusStep.WaitNamespacesReady wait -> namespacesReady(wait.namespaces());
      case StatusStep.WaitRoutesAccepted wait -> routesAccepted(wait);
      case StatusStep.WaitParentAccepted wait -> parentAccepted(wait);
      case StatusStep.WaitGatewayAddress wait -> {
        world.address(wait.gateway());
        yield List.of();
      }
      case StatusStep.RouteCondition one ->
          StatusChecks.parentCondition(
              world.object(one.kind(), one.route()),
              "parents",
              "parentRef",
              null,
              one.gateway(),
              one.condition());
      case StatusStep.NoAcceptedParents one ->
          StatusChecks.noAcceptedParents(world.object(one.kind(), one.route()));
      case StatusStep.RouteParents one ->
          StatusChecks.parents(
              world.object(one.kind(), one.route()), one.parents(), one.namespaceRequired());
      case StatusStep.PolicyCondition one ->
          StatusChecks.parentCondition(
              world.object(one.kind(), one.policy()),
              "ancestors",
              "ancestorRef",
              "Gateway",
              one.ancestor(),
              one.condition());
      case StatusStep.GatewayCondition one ->
          StatusChecks.condition(world.object("Gateway", one.gateway()), one.condition());
      case StatusStep.ListenerSetCondition one ->
          StatusChecks.condition(world.object("ListenerSet", one.listenerSet()), one.condition());
      case StatusStep.GatewayClassCondition one ->
          StatusChecks.condition(
              world.object("GatewayClass", new Ref(null, one.gatewayClass())), one.condition());
      case StatusStep.ListenersConditions one ->
          StatusChecks.listeners(
              world.object(one.parentKind(), one.parent()), one.listeners(), one.conditions());
      case StatusStep.ListenersStatus one ->
          StatusChecks.listenersStatus(
              world.object(one.parentKind(), one.parent()), one.listeners());
      case StatusStep.AttachedListenerSets one -> attachedListenerSets(one);
      case StatusStep.ZeroRoutes one ->
          StatusChecks.zeroRoutes(world.object("Gateway", one.gateway()));
      case StatusStep.ObservedGenerationCurrent one ->
          StatusChecks.allCurrent(world.object(one.kind(), one.name()));
      case StatusStep.StatusAddresses one -> statusAddresses(one);
      case StatusStep.GeneratedResources one -> generatedResources(one);
    };
  }

  private List<String> namespacesReady(List<String> namespaces) throws IOException {
    List<String> differences = new ArrayList<>();
    for (ObjectNode gateway : world.cluster().all("Gateway")) {
      ObjectKey key = ObjectKey.of(gateway);
      boolean awaited =
          gateway.path("metadata").path("annotations").path(NOT_AWAITED).isMissingNode();
      if (!awaited || !namespaces.contains(key.namespace())) {
        continue;
      }
      JsonNode seen = world.object("Gateway", key.ref());
      for (String type : List.of("Accepted", "Programmed")) {
        StatusChecks.condition(seen, ExpectedCondition.isTrue(type))
            .forEach(difference -> differences.add(key + ": " + difference));
      }
    }
    return differences;
  }

  private List<String> routesAccepted(StatusStep.WaitRoutesAccepted wait) throws IOException {
    world.address(wait.gateway());
    List<String> differences = routes(wait.routeKind(), wait.routes(), "Gateway", wait.gateway());
    if (!Boolean.FALSE.equals(wait.listenerConditionsChecked())) {
      differences.addAll(StatusChecks.listenersReady(world.object("Gateway", wait.gateway())));
    }
    return differences;
  }

  private List<String> parentAccepted(StatusStep.WaitParentAccepted wait) throws IOException {
    Ref parent = wait.parent().ref();
    List<String> differences =
        routes(wait.routeKind(), wait.routes(), wait.parent().kind(), parent);
    differences.addAll(StatusChecks.listenersReady(world.object(wait.parent().kind(), parent)));
    return differences;
  }

  private List<String> routes(String kind, List<Ref> routes, String parentKind, Ref parent)
      throws IOException {
    List<String> differences = new ArrayList<>();
    for (Ref route : routes) {
      StatusChecks.accepted(world.object(kind, route), parentKind, parent, World.CONTROLLER)
          .forEach(difference -> differences.add(kind + " " + route + ": " + difference));
    }
    return differences;
  }

  private List<String> attachedListenerSets(StatusStep.AttachedListenerSets step)
      throws IOException {
    int seen =
        world
            .object("Gateway", step.gateway())
            .path("status")
            .path("attachedListenerSets")
            .asInt(0);
    return seen == step.count()
        ? List.of()
        : List.of("attachedListenerSets: expected " + step.count() + ", seen " + seen);
  }

  private List<String> statusAddresses(StatusStep.StatusAddresses step) throws IOException {
    JsonNode gateway = world.object("Gateway", step.gateway());
    JsonNode seen = gateway.path("status").path("addresses");
    List<String> differences = new ArrayList<>();
    if (step.count() != null && seen.size() != step.count()) {
      differences.add("expected " + step.count() + " addresses");
    }
    if (step.contains() != null && address(seen, step.contains()).isMissingNode()) {
      differences.add("expected address " + step.contains());
    }
    if (step.notContains() != null && !address(seen, step.notContains()).isMissingNode()) {
      differences.add("expected no address " + step.notContains());
    }
    if (step.typeEqualsSpecType()) {
      for (JsonNode address : seen) {
        JsonNode wanted =
            address(gateway.path("spec").path("addresses"), address.path("value").asString());
        if (!type(wanted).equals(type(address))) {
          differences.add("expected the type of address " + address + " as in the spec");
        }
      }
    }
    if (!differences.isEmpty()) {
      differences.add("seen " + seen);
    }
    return differences;
  }

  private static JsonNode address(JsonNode addresses, String value) {
    for (JsonNode address : addresses) {
      if (address.path("value").asString("").equals(value)) {
        return address;
      }
    }
    return addresses.path("none");
  }

  private static String type(JsonNode address) {
    return address.path("type").asString("IPAddress");
  }

  private List<String> generatedResources(StatusStep.GeneratedResources step) throws IOException {
    String[] label = step.labelSelector().split("=", 2);
    Ref gateway = new Ref(step.namespace(), label[1]);
    JsonNode infrastructure = world.object("Gateway", gateway).path("spec").path("infrastructure");
    List<String> differences = new ArrayList<>();
    boolean any = false;
    for (String kind : step.kinds()) {
      for (JsonNode made : world.gateway().generated(kind, step.namespace())) {
        JsonNode metadata = made.path("metadata");
        if (!metadata.path("labels").path(label[0]).asString("").equals(label[1])) {
          continue;
        }
        any = true;
        missing(kind, "label", infrastructure.path("labels"), metadata.path("labels"), differences);
        missing(
            kind,
            "annotation",
            infrastructure.path("annotations"),
            metadata.path("annotations"),
            differences);
        break;
      }
    }
    if (!any) {
      differences.add(
          "expected one of " + step.kinds() + " for Gateway " + gateway + ", seen none");
    }
    return differences;
  }

  private static void missing(
      String kind, String what, JsonNode wanted, JsonNode seen, List<String> differences) {
    wanted
        .properties()
        .forEach(entry -> {
          if (!entry.getValue().equals(seen.path(entry.getKey()))) {
            differences.add(kind + ": expected " + what + " " + entry + ", seen " + seen);
          }
        });
  }
}
