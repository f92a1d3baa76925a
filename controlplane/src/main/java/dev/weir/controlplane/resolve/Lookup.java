package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Report.Subject;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.k8s.Namespace;
import dev.weir.core.problem.ObjectRef;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The questions that resolve asks the cluster state. */
record Lookup(ClusterState state) {
  /**
   * Older before younger, then by {@code namespace/name}: the Gateway API's order of precedence.
   */
  static final Comparator<KubeObject<?>> BY_AGE =
      Comparator.comparing((KubeObject<?> object) -> object.meta().creationTimestamp())
          .thenComparing(KubeObject::ref, Lookup::compareFullNames);

  /** Label that Kubernetes puts on every namespace (KEP-2161). */
  private static final String NAME_LABEL = "kubernetes.io/metadata.name";

  /** All objects of a type, by namespace and name. */
  <S extends Record> Collection<KubeObject<S>> all(ObjectType<S> type) {
    return state.objects(type);
  }

  <S extends Record> @Nullable KubeObject<S> find(
      ObjectType<S> type, String namespace, String name) {
    return state.object(type, namespace, name);
  }

  /** The labels of a namespace; of one that is not declared, only its name. */
  Map<String, String> namespaceLabels(String namespace) {
    KubeObject<Namespace> object = find(Namespace.TYPE, "", namespace);
    Map<String, String> labels = new HashMap<>();
    if (object != null) {
      labels.putAll(object.meta().labels());
    }
    labels.put(NAME_LABEL, namespace);
    return labels;
  }

  static ObjectRef ref(ObjectType<?> type, String namespace, String name) {
    return new ObjectRef(type.kind().group(), type.kind().kind(), namespace, name);
  }

  static Subject subject(KubeObject<?> object) {
    return new Subject(object.type().kind(), object.ref(), object.meta().generation());
  }

  private static int compareFullNames(ObjectRef left, ObjectRef right) {
    return left.namespace().equals(right.namespace())
        ? left.name().compareTo(right.name())
        : fullName(left).compareTo(fullName(right));
  }

  private static String fullName(ObjectRef ref) {
    return ref.namespace() + "/" + ref.name();
  }
}
