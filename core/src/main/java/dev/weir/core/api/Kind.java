package dev.weir.core.api;

/**
 * A kind of object.
 *
 * @param group API group, empty for the core group
 * @param version the version Weir writes
 * @param kind e.g. {@code HTTPRoute}
 * @param plural its name in URLs, e.g. {@code httproutes}
 * @param naming which names its objects may have
 */
public record Kind(
    String group, String version, String kind, String plural, Scope scope, Naming naming) {
  /** Whether objects of a kind live in a namespace. */
  public enum Scope {
    NAMESPACED,
    CLUSTER
  }

  /** Which names objects may have. */
  public enum Naming {
    /** DNS labels with dots between them, 253 characters at most. */
    SUBDOMAIN,
    /** A DNS label (RFC 1123). */
    LABEL,
    /** A DNS label that begins with a letter (RFC 1035): the name becomes part of host names. */
    HOST_LABEL
  }

  public static Kind namespaced(String group, String version, String kind, String plural) {
    return new Kind(group, version, kind, plural, Scope.NAMESPACED, Naming.SUBDOMAIN);
  }

  public static Kind cluster(String group, String version, String kind, String plural) {
    return new Kind(group, version, kind, plural, Scope.CLUSTER, Naming.SUBDOMAIN);
  }

  /** The same, with another rule for names. */
  public Kind named(Naming rule) {
    return new Kind(group, version, kind, plural, scope, rule);
  }

  /** {@code group/version}, or {@code version} for the core group. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }
}
