package dev.weir.conformance;

/**
 * A condition that an object must have.
 *
 * @param status True, False, Unknown, or * for any
 * @param reason or * for any
 */
record ExpectedCondition(String type, String status, String reason) {
  /** The condition is True, for whatever reason. */
  static ExpectedCondition isTrue(String type) {
    return new ExpectedCondition(type, "True", "*");
  }

  @Override
  public String toString() {
    return type + "=" + status + " (" + reason + ")";
  }
}
