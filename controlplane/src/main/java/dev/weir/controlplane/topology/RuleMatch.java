package dev.weir.controlplane.topology;

/**
 * One of the alternatives under which a rule serves a request.
 *
 * @param index position in the rule's {@code matches}; 0 if the rule has none and gets the default
 */
public record RuleMatch(RouteRule rule, int index, RequestMatch match) {
  /** {@code HTTPRoute/ns/name/rule/0/match/0}. */
  @Override
  public String toString() {
    return rule.ref() + "/match/" + index;
  }
}
