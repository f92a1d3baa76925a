package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.RouteRule;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is found out about one rule of a route while it is resolved. */
final class RuleFindings {
  private final ObjectRef route;
  private final RouteProtocol protocol;
  private final int index;
  private final List<Fault> references;
  private final List<Fault> unsupported = new ArrayList<>();

  /**
   * Begins a rule.
   *
   * @param references collects the bad references of the whole route
   */
  RuleFindings(ObjectRef route, RouteProtocol protocol, int index, List<Fault> references) {
    this.route = route;
    this.protocol = protocol;
    this.index = index;
    this.references = references;
  }

  ObjectRef route() {
    return route;
  }

  /** What the route speaks. */
  RouteProtocol protocol() {
    return protocol;
  }

  /** Position of the rule, and its name or null. */
  RouteRule.Ref ref(@Nullable String name) {
    return new RouteRule.Ref(route, index, name);
  }

  /** The path in the route of a field of the rule. */
  String path(String field) {
    return "spec.rules[" + index + "]." + field;
  }

  /** Bad references; the rule goes on without what they lead to. */
  List<Fault> references() {
    return references;
  }

  /** Notes a field that cannot be honoured: the rule as a whole is not used. */
  void unsupported(String field, String message) {
    unsupported.add(Fault.error(ConditionReason.UNSUPPORTED_VALUE, path(field), message));
  }

  /** Why the rule cannot be used; empty if it can. */
  List<Fault> unsupported() {
    return unsupported;
  }
}
