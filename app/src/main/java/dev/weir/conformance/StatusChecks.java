package dev.weir.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What is not as expected in the status of an object that is given as JSON, in words. */
final class StatusChecks {
  private static final String GATEWAY_GROUP = "gateway.networking.k8s.io";
  private static final List<ExpectedCondition> LISTENER_READY =
      List.of(
          ExpectedCondition.isTrue("ResolvedRefs"),
          ExpectedCondition.isTrue("Accepted"),
          ExpectedCondition.isTrue("Programmed"));

  private StatusChecks() {}

  static long generation(JsonNode object) {
    return object.path("metadata").path("generation").asLong(0);
  }

  /** A condition, and that all conditions beside it are about the current generation. */
  static List<String> condition(JsonNode object, ExpectedCondition expected) {
    JsonNode conditions = object.path("status").path("conditions");
    List<String> differences = current(conditions, generation(object));
    differences.addAll(conditions(conditions, List.of(expected)));
    return differences;
  }

  /** All conditions of the object, in whatever list of its status, are about its generation. */
  static List<String> allCurrent(JsonNode object) {
    long generation = generation(object);
    JsonNode status = object.path("status");
    List<String> differences = new ArrayList<>();
    List<JsonNode> lists = new ArrayList<>();
    lists.add(status.path("conditions"));
    for (String list : List.of("parents", "ancestors")) {
      status.path(list).forEach(entry -> lists.add(entry.path("conditions")));
    }
    if (lists.stream().allMatch(JsonNode::isEmpty)) {
      differences.add("expected conditions, seen none");
    }
    lists.forEach(conditions -> differences.addAll(current(conditions, generation)));
    return differences;
  }

  /**
   * The entry of a route or policy for a parent has the condition.
   *
   * @param parentKind null for any: what cases call a gateway may be a ListenerSet
   */
  static List<String> parentCondition(
      JsonNode object,
      String list,
      String reference,
      @Nullable String parentKind,
      Ref parent,
      ExpectedCondition expected) {
    List<JsonNode> entries = new ArrayList<>();
    for (JsonNode entry : object.path("status").path(list)) {
      if (refersTo(entry.path(reference), object, parentKind, parent)) {
        entries.add(entry);
      }
    }
    List<String> differences = new ArrayList<>();
    if (entries.isEmpty()) {
      differences.add(
          "expected an entry for "
              + (parentKind == null ? "" : parentKind + " ")
              + parent
              + " in status."
              + list
              + ", seen "
              + object.path("status").path(list));
      return differences;
    }
    for (JsonNode entry : entries) {
      differences.addAll(current(entry.path("conditions"), generation(object)));
    }
    List<String> missing = List.of();
    for (JsonNode entry : entries) {
      missing = conditions(entry.path("conditions"), List.of(expected));
      if (missing.isEmpty()) {
        break;
      }
    }
    differences.addAll(missing);
    return differences;
  }

  /** The route is accepted by the parent, and the entry names the controller. */
  static List<String> accepted(
      JsonNode route, String parentKind, Ref parent, String controllerName) {
    List<String> differences =
        parentCondition(
            route,
            "parents",
            "parentRef",
            parentKind,
            parent,
            new ExpectedCondition("Accepted", "True", "Accepted"));
    for (JsonNode entry : route.path("status").path("parents")) {
      JsonNode reference = entry.path("parentRef");
      if (refersTo(reference, route, parentKind, parent)) {
        differ(
            differences,
            "controllerName",
            controllerName,
            entry.path("controllerName").asString(""));
        differ(differences, "group", GATEWAY_GROUP, reference.path("group").asString(""));
        differ(differences, "kind", parentKind, reference.path("kind").asString(""));
      }
    }
    return differences;
  }

  /** No parents, or one that has not accepted the route. */
  static List<String> noAcceptedParents(JsonNode route) {
    JsonNode parents = route.path("status").path("parents");
    if (parents.isEmpty()) {
      return List.of();
    }
    if (parents.size() > 1) {
      return List.of("expected at most one parent in status, seen " + parents);
    }
    return conditions(
        parents.get(0).path("conditions"),
        List.of(new ExpectedCondition("Accepted", "False", "*")));
  }

  static List<String> parents(
      JsonNode route, List<StatusStep.ExpectedParent> expected, boolean namespaceRequired) {
    List<String> differences = new ArrayList<>();
    for (StatusStep.ExpectedParent parent : expected) {
      List<String> closest = List.of("expected an entry for " + parent.parentRef());
      for (JsonNode entry : route.path("status").path("parents")) {
        if (!matches(parent.parentRef(), entry.path("parentRef"), namespaceRequired)) {
          continue;
        }
        List<String> seen = current(entry.path("conditions"), generation(route));
        seen.addAll(conditions(entry.path("conditions"), parent.conditions()));
        differ(
            seen,
            "controllerName",
            parent.controllerName(),
            entry.path("controllerName").asString(""));
        closest = seen;
        if (seen.isEmpty()) {
          break;
        }
      }
      differences.addAll(closest);
    }
    if (!differences.isEmpty()) {
      differences.add("seen " + route.path("status").path("parents"));
    }
    return differences;
  }

  private static boolean matches(
      StatusStep.ParentRef expected, JsonNode seen, boolean namespaceRequired) {
    return same(expected.group(), seen, "group")
        && same(expected.kind(), seen, "kind")
        && expected.name().equals(seen.path("name").asString(""))
        && (same(expected.namespace(), seen, "namespace")
            || (!namespaceRequired && !seen.has("namespace")))
        && (expected.sectionName() == null || same(expected.sectionName(), seen, "sectionName"))
        && (expected.port() == null || expected.port() == seen.path("port").asInt(0));
  }

  private static boolean same(@Nullable String expected, JsonNode seen, String field) {
    return expected == null || expected.equals(seen.path(field).asString(""));
  }

  /** All listeners of a Gateway or ListenerSet are ready for traffic. */
  static List<String> listenersReady(JsonNode parent) {
    return listeners(parent, List.of("all"), LISTENER_READY);
  }

  static List<String> listeners(
      JsonNode parent, List<String> names, List<ExpectedCondition> expected) {
    JsonNode listeners = parent.path("status").path("listeners");
    List<String> wanted = new ArrayList<>(names);
    if (wanted.remove("all")) {
      parent.path("spec").path("listeners").forEach(one -> wanted.add(one.path("name").asString()));
    }
    List<String> differences = new ArrayList<>();
    for (String name : wanted) {
      JsonNode listener = named(listeners, name);
      if (listener == null) {
        differences.add("expected listener " + name + " in status, seen none");
        continue;
      }
      conditions(listener.path("conditions"), expected)
          .forEach(difference -> differences.add("listener " + name + ": " + difference));
    }
    return differences;
  }

  static List<String> listenersStatus(JsonNode parent, List<StatusStep.ExpectedListener> expected) {
    JsonNode listeners = parent.path("status").path("listeners");
    List<String> differences = new ArrayList<>();
    if (listeners.size() != expected.size()) {
      differences.add(
          "expected " + expected.size() + " listeners in status, seen " + listeners.size());
    }
    for (StatusStep.ExpectedListener one : expected) {
      JsonNode listener = named(listeners, one.name());
      if (listener == null) {
        differences.add("expected listener " + one.name() + " in status, seen none");
        continue;
      }
      List<String> seen = conditions(listener.path("conditions"), one.conditions());
      int routes = listener.path("attachedRoutes").asInt(0);
      if (routes != one.attachedRoutes()) {
        seen.add("attachedRoutes: expected " + one.attachedRoutes() + ", seen " + routes);
      }
      JsonNode kinds = listener.path("supportedKinds");
      if (one.supportedKinds().isEmpty() && !kinds.isEmpty()) {
        seen.add("supportedKinds: expected none, seen " + kinds);
      }
      for (StatusStep.RouteKind kind : one.supportedKinds()) {
        if (!has(kinds, kind)) {
          seen.add("supportedKinds: expected " + kind + ", seen " + kinds);
        }
      }
      seen.forEach(difference -> differences.add("listener " + one.name() + ": " + difference));
    }
    return differences;
  }

  private static boolean has(JsonNode kinds, StatusStep.RouteKind wanted) {
    String group = Objects.requireNonNullElse(wanted.group(), GATEWAY_GROUP);
    for (JsonNode kind : kinds) {
      if (kind.path("kind").asString("").equals(wanted.kind())
          && kind.path("group").asString(GATEWAY_GROUP).equals(group)) {
        return true;
      }
    }
    return false;
  }

  static List<String> zeroRoutes(JsonNode gateway) {
    JsonNode listeners = gateway.path("status").path("listeners");
    boolean none =
        listeners.isEmpty()
            || (listeners.size() == 1 && listeners.get(0).path("attachedRoutes").asInt(-1) == 0);
    return none ? List.of() : List.of("expected no attached routes, seen " + listeners);
  }

  /** Which of the conditions are not there with status and reason. */
  static List<String> conditions(JsonNode conditions, List<ExpectedCondition> expected) {
    List<String> differences = new ArrayList<>();
    for (ExpectedCondition one : expected) {
      JsonNode seen = null;
      for (JsonNode condition : conditions) {
        if (condition.path("type").asString("").equals(one.type())) {
          seen = condition;
        }
      }
      if (seen == null) {
        differences.add("expected " + one + ", seen no such condition");
      } else if (!fits(one.status(), seen.path("status").asString(""))
          || !fits(one.reason(), seen.path("reason").asString(""))) {
        differences.add(
            "expected "
                + one
                + ", seen "
                + seen.path("status").asString("")
                + " ("
                + seen.path("reason").asString("")
                + ": "
                + seen.path("message").asString("")
                + ")");
      }
    }
    return differences;
  }

  private static boolean fits(String expected, String seen) {
    return expected.equals("*") || expected.isEmpty() || expected.equals(seen);
  }

  private static List<String> current(JsonNode conditions, long generation) {
    List<String> differences = new ArrayList<>();
    for (JsonNode condition : conditions) {
      long observed = condition.path("observedGeneration").asLong(0);
      if (observed != generation) {
        differences.add(
            "condition "
                + condition.path("type").asString("")
                + ": expected observedGeneration "
                + generation
                + ", seen "
                + observed);
      }
    }
    return differences;
  }

  private static boolean refersTo(
      JsonNode reference, JsonNode owner, @Nullable String parentKind, Ref parent) {
    String own = owner.path("metadata").path("namespace").asString("");
    return reference.path("name").asString("").equals(parent.name())
        && (parentKind == null || reference.path("kind").asString("Gateway").equals(parentKind))
        && reference.path("namespace").asString(own).equals(parent.namespace());
  }

  private static @Nullable JsonNode named(JsonNode listeners, String name) {
    for (JsonNode listener : listeners) {
      if (listener.path("name").asString("").equals(name)) {
        return listener;
      }
    }
    return null;
  }

  private static void differ(List<String> differences, String what, String wanted, String seen) {
    if (!wanted.equals(seen)) {
      differences.add(what + ": expected '" + wanted + "', seen '" + seen + "'");
    }
  }
}
