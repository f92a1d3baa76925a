package dev.weir.core.api.gateway;

import dev.weir.core.api.Condition;
import java.util.List;

/** Status of a policy of any kind: one entry an ancestor, in general a Gateway. */
public record PolicyStatus(List<PolicyAncestorStatus> ancestors) {
  /**
   * What the policy does below one ancestor.
   *
   * @param controllerName who wrote the entry
   */
  public record PolicyAncestorStatus(
      ParentReference ancestorRef, String controllerName, List<Condition> conditions) {}
}
