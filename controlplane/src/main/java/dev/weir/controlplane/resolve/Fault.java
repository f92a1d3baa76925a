package dev.weir.controlplane.resolve;

import dev.weir.core.api.KubeObject;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Severity;

/**
 * Something wrong with one field of an object.
 *
 * @param severity a warning if another object may still come that cures it
 * @param path of the field in its object
 * @param message what is wrong and what to do
 */
record Fault(ConditionReason reason, Severity severity, String path, String message) {
  static Fault error(ConditionReason reason, String path, String message) {
    return new Fault(reason, Severity.ERROR, path, message);
  }

  /** For what is not there, or not permitted, yet: objects may arrive in any order. */
  static Fault dangling(ConditionReason reason, String path, String message) {
    return new Fault(reason, Severity.WARNING, path, message);
  }

  /** For a condition: path and message. */
  String text() {
    return path + ": " + message;
  }

  Problem problem(KubeObject<?> object) {
    return new Problem(severity, reason.text(), message, object.ref(), path, null);
  }
}
