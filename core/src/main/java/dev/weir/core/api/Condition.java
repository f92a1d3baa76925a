package dev.weir.core.api;

import java.time.Instant;

/**
 * One statement of an object's status.
 *
 * @param observedGeneration the generation of the object that the statement is about
 * @param reason CamelCase word for machines
 * @param message for people; may be empty
 */
public record Condition(
    String type,
    Status status,
    long observedGeneration,
    Instant lastTransitionTime,
    String reason,
    String message) {

  /** Whether the statement holds. */
  public enum Status {
    TRUE,
    FALSE,
    UNKNOWN
  }
}
