package dev.weir.conformance;

import org.jspecify.annotations.Nullable;

/**
 * The name of an object.
 *
 * @param namespace null or empty for cluster-scoped objects
 */
record Ref(@Nullable String namespace, String name) {
  @Override
  public String toString() {
    return namespace == null || namespace.isEmpty() ? name : namespace + "/" + name;
  }
}
