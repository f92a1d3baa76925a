package dev.weir.controlplane.resolve;

/** The conditions that Weir sets, of all kinds of objects. docs/status.md explains each. */
public enum ConditionType {
  ACCEPTED("Accepted"),
  PROGRAMMED("Programmed"),
  READY("Ready"),
  RESOLVED_REFS("ResolvedRefs"),
  CONFLICTED("Conflicted"),
  PARTIALLY_INVALID("PartiallyInvalid"),
  SUPPORTED_VERSION("SupportedVersion"),
  INSECURE_FRONTEND_VALIDATION_MODE("InsecureFrontendValidationMode");

  private final String text;

  ConditionType(String text) {
    this.text = text;
  }

  /** The word in the condition's {@code type}. */
  public String text() {
    return text;
  }
}
