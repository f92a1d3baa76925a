package dev.weir.conformance;

import java.util.List;

/**
 * How a case ended.
 *
 * @param reason the first failure, or the features that are not claimed; empty for a case that
 *     passed
 */
public record CaseResult(
    String name, Verdict verdict, long millis, String reason, List<Failure> failures) {

  /** The three ends of a case. */
  public enum Verdict {
    /** All is as expected. */
    PASS,
    /** Something is not as expected. */
    FAIL,
    /** Not run: it needs a feature that the gateway does not claim. */
    SKIP
  }

  /**
   * A step that failed.
   *
   * @param about the object or request of the step
   * @param difference what was expected and what was seen
   */
  public record Failure(String step, String subtest, String about, String difference) {
    @Override
    public String toString() {
      return step
          + (subtest.isEmpty() ? "" : " '" + subtest + "'")
          + (about.isEmpty() ? "" : " [" + about + "]")
          + ": "
          + difference;
    }
  }
}
