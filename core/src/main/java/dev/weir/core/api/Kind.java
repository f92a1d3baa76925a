package dev.weir.core.api;

/**
 * A kind of object.
 *
 * @param group API group, empty for the core group
 * @param version the version Weir writes
 * @param kind e.g. {@code HTTPRoute}
 * @param plural its name in URLs, e.g. {@code httproutes}
 */
public record Kind(String group, String version, String kind, String plural, Scope scope) {
  /** Whether objects of a kind live in a namespace. */
  public enum Scope {
    NAMESPACED,
    CLUSTER
  }

  public static Kind namespaced(String group, String version, String kind, String plural) {
    return new Kind(group, version, kind, plural, Scope.NAMESPACED);
  }

  public static Kind cluster(String group, String version, String kind, String plural) {
    return new Kind(group, version, kind, plural, Scope.CLUSTER);
  }

  /** {@code group/version}, or {@code version} for the core group. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }
}
