package dev.weir.core.xds;

import org.jspecify.annotations.Nullable;

/** What a proxy made of one resource: the content of an ACK or a NACK. */
public sealed interface Verdict {
  /** The version that was judged. */
  String version();

  /** The resource runs, all of it. */
  record Accepted(String version) implements Verdict {}

  /**
   * The resource runs but for a part that needs another resource, which is missing, rejected or of
   * the wrong kind. That part fails closed.
   *
   * @param message which part, and what it lacks
   */
  record Incomplete(String version, String message) implements Verdict {}

  /**
   * The resource is not used.
   *
   * @param message the resource, the path of the field and what is wrong with it
   * @param running the last good version, which stays in use; null if there is none
   */
  record Rejected(String version, String message, @Nullable String running) implements Verdict {}
}
