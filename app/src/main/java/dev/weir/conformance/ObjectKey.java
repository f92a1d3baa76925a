package dev.weir.conformance;

import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What identifies an object.
 *
 * @param namespace empty for cluster-scoped kinds
 */
record ObjectKey(String kind, String namespace, String name) implements Comparable<ObjectKey> {
  private static final Set<String> CLUSTER_SCOPED = Set.of("GatewayClass", "Namespace");

  static ObjectKey of(String kind, Ref ref) {
    String namespace = ref.namespace();
    if (CLUSTER_SCOPED.contains(kind)) {
      return new ObjectKey(kind, "", ref.name());
    }
    return new ObjectKey(
        kind, namespace == null || namespace.isEmpty() ? "default" : namespace, ref.name());
  }

  static ObjectKey of(ObjectNode object) {
    JsonNode metadata = object.path("metadata");
    String name = metadata.path("name").asString("");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an object without a name: " + object);
    }
    return of(
        object.path("kind").asString(""), new Ref(metadata.path("namespace").asString(""), name));
  }

  Ref ref() {
    return new Ref(namespace, name);
  }

  String fileName() {
    String scope = namespace.isEmpty() ? "" : namespace + ".";
    return kind.toLowerCase(Locale.ROOT) + "." + scope + name + ".yaml";
  }

  @Override
  public int compareTo(ObjectKey other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return kind + "/" + ref();
  }
}
