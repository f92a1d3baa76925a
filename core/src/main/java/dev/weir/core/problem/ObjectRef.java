package dev.weir.core.problem;

/**
 * A Kubernetes object by name.
 *
 * @param group API group, empty for the core group
 * @param namespace empty for cluster-scoped objects
 */
public record ObjectRef(String group, String kind, String namespace, String name) {
  /** {@code Kind/namespace/name}, or {@code Kind/name} for cluster-scoped objects. */
  @Override
  public String toString() {
    return namespace.isEmpty() ? kind + "/" + name : kind + "/" + namespace + "/" + name;
  }
}
