package dev.weir.controlplane.admission;

import dev.weir.controlplane.resolve.ConditionReason;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Severity;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is to be said of an object.
 *
 * @param problems all findings about it, as {@code weir validate} has them
 */
public record Judgement(List<Problem> problems) {
  /**
   * Findings that another object has its part in. Objects arrive in any order, and the other one
   * may be about to go: what is in its way now is no reason to refuse an object for good.
   */
  private static final Set<String> RIVALRY =
      Set.of(
              ConditionReason.PORT_UNAVAILABLE,
              ConditionReason.HOSTNAME_CONFLICT,
              ConditionReason.PROTOCOL_CONFLICT,
              ConditionReason.ROUTE_KIND_CONFLICT,
              ConditionReason.CONFLICTED,
              ConditionReason.ADDRESS_NOT_ASSIGNED)
          .stream()
          .map(ConditionReason::text)
          .collect(Collectors.toUnmodifiableSet());

  /** Nothing is wrong, or nothing is known. */
  public static final Judgement ALLOWED = new Judgement(List.of());

  public Judgement {
    problems = List.copyOf(problems);
  }

  /** Why the object must not be stored; empty if it may be. */
  public List<Problem> refusals() {
    return problems.stream().filter(Judgement::refuses).toList();
  }

  /** What its author should know all the same. */
  public List<Problem> warnings() {
    return problems.stream().filter(problem -> !refuses(problem)).toList();
  }

  private static boolean refuses(Problem problem) {
    return problem.severity() == Severity.ERROR && !RIVALRY.contains(problem.reason());
  }
}
