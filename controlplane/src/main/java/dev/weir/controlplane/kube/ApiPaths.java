package dev.weir.controlplane.kube;

import dev.weir.core.api.Kind;
import dev.weir.core.problem.ObjectRef;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;

/** Where objects are in the API. */
final class ApiPaths {
  private ApiPaths() {}

  /** The URL path of an object. */
  static String object(Kind kind, String version, ObjectRef ref) {
    return collection(kind.group(), version, kind.plural(), ref.namespace())
        + "/"
        + ApiConnection.urlName(ref.name());
  }

  /**
   * The URL path of the objects of a kind.
   *
   * @param namespace empty for cluster-scoped kinds
   */
  static String collection(String group, String version, String plural, String namespace) {
    StringBuilder path = new StringBuilder(group.isEmpty() ? "/api/" : "/apis/" + group + "/");
    path.append(version);
    if (!namespace.isEmpty()) {
      path.append("/namespaces/").append(ApiConnection.urlName(namespace));
    }
    return path.append('/').append(plural).toString();
  }

  /** The same for watches. */
  static ResourceDefinitionContext context(Kind kind, String version) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(kind.group())
        .withVersion(version)
        .withKind(kind.kind())
        .withPlural(kind.plural())
        .withNamespaced(kind.scope() == Kind.Scope.NAMESPACED)
        .build();
  }
}
