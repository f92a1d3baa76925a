package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class StatusChecksTest {
  private static final Ref EDGE = new Ref("infra", "edge");

  private static JsonNode json(String text) {
    return Json.MAPPER.readTree(text);
  }

  private static JsonNode route(String parents) {
    return json(
        """
        {"metadata": {"namespace": "infra", "name": "r", "generation": 2},
         "status": {"parents": [%s]}}
        """
            .formatted(parents));
  }

  private static String parent(String name, String status, int observed) {
    return """
    {"parentRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "%s"},
     "controllerName": "%s",
     "conditions": [{"type": "Accepted", "status": "%s", "reason": "Accepted",
                     "observedGeneration": %d}]}
    """
        .formatted(name, World.CONTROLLER, status, observed);
  }

  @Test
  void aRouteIsAcceptedByItsParent() {
    assertThat(
            StatusChecks.accepted(
                route(parent("edge", "True", 2)), "Gateway", EDGE, World.CONTROLLER))
        .isEmpty();
    assertThat(
            StatusChecks.accepted(
                route(parent("other", "True", 2)), "Gateway", EDGE, World.CONTROLLER))
        .hasSize(1);
    assertThat(
            StatusChecks.accepted(
                route(parent("edge", "False", 2)), "Gateway", EDGE, World.CONTROLLER))
        .hasSize(1);
    assertThat(StatusChecks.accepted(route(parent("edge", "True", 2)), "Gateway", EDGE, "x"))
        .hasSize(1);
  }

  @Test
  void aConditionOfAnOldGenerationDoesNotCount() {
    assertThat(
            StatusChecks.accepted(
                route(parent("edge", "True", 1)), "Gateway", EDGE, World.CONTROLLER))
        .singleElement()
        .asString()
        .contains("expected observedGeneration 2, seen 1");
    assertThat(StatusChecks.allCurrent(route(parent("edge", "True", 1)))).hasSize(1);
    assertThat(StatusChecks.allCurrent(route(parent("edge", "True", 2)))).isEmpty();
    assertThat(StatusChecks.allCurrent(route(""))).hasSize(1);
  }

  @Test
  void noParentHasAccepted() {
    assertThat(StatusChecks.noAcceptedParents(route(""))).isEmpty();
    assertThat(StatusChecks.noAcceptedParents(route(parent("edge", "False", 2)))).isEmpty();
    assertThat(StatusChecks.noAcceptedParents(route(parent("edge", "True", 2)))).hasSize(1);
  }

  @Test
  void parentsAreFoundByReference() {
    var condition = new ExpectedCondition("Accepted", "True", "Accepted");
    var expected =
        new StatusStep.ExpectedParent(
            new StatusStep.ParentRef(
                "gateway.networking.k8s.io", "Gateway", "infra", "edge", null, null),
            World.CONTROLLER,
            List.of(condition));

    assertThat(StatusChecks.parents(route(parent("edge", "True", 2)), List.of(expected), false))
        .isEmpty();
    assertThat(StatusChecks.parents(route(parent("edge", "True", 2)), List.of(expected), true))
        .isNotEmpty();
    assertThat(StatusChecks.parents(route(parent("edge", "False", 2)), List.of(expected), false))
        .isNotEmpty();
  }

  @Test
  void listenersAreExactlyTheExpectedOnes() {
    JsonNode gateway =
        json(
            """
            {"spec": {"listeners": [{"name": "http"}]},
             "status": {"listeners": [{"name": "http", "attachedRoutes": 1,
               "supportedKinds": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"},
                                  {"kind": "GRPCRoute"}],
               "conditions": [{"type": "Accepted", "status": "True", "reason": "Accepted"}]}]}}
            """);
    var accepted = List.of(ExpectedCondition.isTrue("Accepted"));
    var http = new StatusStep.RouteKind(null, "HTTPRoute");
    var tcp = new StatusStep.RouteKind(null, "TCPRoute");

    assertThat(
            listeners(gateway, new StatusStep.ExpectedListener("http", 1, accepted, List.of(http))))
        .isEmpty();
    assertThat(
            listeners(gateway, new StatusStep.ExpectedListener("http", 0, accepted, List.of(tcp))))
        .hasSize(2);
    assertThat(listeners(gateway, new StatusStep.ExpectedListener("http", 1, accepted, List.of())))
        .hasSize(1);
    assertThat(listeners(gateway, new StatusStep.ExpectedListener("https", 1, accepted, List.of())))
        .hasSize(1);
    assertThat(StatusChecks.listenersStatus(gateway, List.of())).hasSize(1);
    assertThat(StatusChecks.listeners(gateway, List.of("all"), accepted)).isEmpty();
    assertThat(StatusChecks.listenersReady(gateway)).hasSize(2);
  }

  private static List<String> listeners(JsonNode gateway, StatusStep.ExpectedListener expected) {
    return StatusChecks.listenersStatus(gateway, List.of(expected));
  }

  @Test
  void starsFitEverything() {
    JsonNode conditions =
        json("[{\"type\": \"Accepted\", \"status\": \"False\", \"reason\": \"Invalid\"}]");

    assertThat(
            StatusChecks.conditions(
                conditions, List.of(new ExpectedCondition("Accepted", "*", "*"))))
        .isEmpty();
    assertThat(
            StatusChecks.conditions(
                conditions, List.of(new ExpectedCondition("Accepted", "False", "Other"))))
        .hasSize(1);
    assertThat(
            StatusChecks.conditions(
                conditions, List.of(new ExpectedCondition("Programmed", "*", "*"))))
        .hasSize(1);
  }
}
