package dev.weir.core.api.schema;

/** Takes what is wrong with a record. */
@FunctionalInterface
public interface Violations {
  /**
   * Reports one broken rule.
   *
   * @param path the guilty field below the record, e.g. {@code backendRefs[1].port}; empty for the
   *     record itself
   * @param message what is wrong and what to do
   */
  void add(String path, String message);
}
