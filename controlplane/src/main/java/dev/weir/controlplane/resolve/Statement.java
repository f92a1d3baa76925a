package dev.weir.controlplane.resolve;

import dev.weir.core.api.Condition;
import java.util.List;
import java.util.stream.Collectors;

/** A condition before it is dated: what resolve says about an object. */
public record Statement(
    ConditionType type, Condition.Status status, ConditionReason reason, String message) {

  /** The longest text that a condition may carry. */
  private static final int LONGEST = 32_768;

  public static Statement holds(ConditionType type, ConditionReason reason, String message) {
    return new Statement(type, Condition.Status.TRUE, reason, message);
  }

  public static Statement fails(ConditionType type, ConditionReason reason, String message) {
    return new Statement(type, Condition.Status.FALSE, reason, message);
  }

  /** False for the reason of the first fault, with the messages of all. */
  static Statement fails(ConditionType type, List<Fault> faults) {
    return fails(type, faults.getFirst().reason(), text(faults));
  }

  static String text(List<Fault> faults) {
    String text = faults.stream().map(Fault::text).distinct().collect(Collectors.joining("; "));
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "…";
  }
}
