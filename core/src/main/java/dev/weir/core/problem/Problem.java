package dev.weir.core.problem;

import org.jspecify.annotations.Nullable;

/**
 * A finding about the user's configuration. Problems are values: they travel with the result of a
 * stage and become a line of {@code weir validate}, a status condition, or an event.
 *
 * @param reason CamelCase word for machines, e.g. {@code UnknownField}
 * @param message what is wrong and what to do, for people; no object name or path in it
 * @param object the guilty object, or null if the text is not even an object
 * @param path JSON path inside the object, e.g. {@code spec.rules[0].matches[1].path}; empty for
 *     the object itself
 * @param location where the object's text stands, or null if it did not come from a file
 */
public record Problem(
    Severity severity,
    String reason,
    String message,
    @Nullable ObjectRef object,
    String path,
    @Nullable Location location) {

  /**
   * A place in a file.
   *
   * @param line 1-based
   */
  public record Location(String file, int line) {
    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  /** The same finding at that place. */
  public Problem at(@Nullable Location place) {
    return new Problem(severity, reason, message, object, path, place);
  }

  /** {@code file:line: Kind/ns/name: path: message}, without the parts that are not known. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (location != null) {
      text.append(location).append(": ");
    }
    if (object != null) {
      text.append(object).append(": ");
    }
    if (!path.isEmpty()) {
      text.append(path).append(": ");
    }
    return text.append(message).toString();
  }
}
