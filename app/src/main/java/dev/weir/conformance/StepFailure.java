package dev.weir.conformance;

/** A step did not see what it expects. */
final class StepFailure extends Exception {
  StepFailure(String message) {
    super(message);
  }
}
