package dev.weir.controlplane.kube;

import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.LocalObjectReference;
import dev.weir.core.api.gateway.ObjectReference;
import dev.weir.core.api.gateway.SecretObjectReference;
import dev.weir.core.api.k8s.ConfigMap;
import dev.weir.core.api.k8s.Secret;
import dev.weir.core.problem.ObjectRef;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The Secrets and ConfigMaps that an object refers to, wherever in its spec: whoever adds a field
 * of one of the reference types need not come here. Whether the reference is permitted is for
 * resolve to say.
 */
final class References {
  /** What a record class may lead to, worked out once. */
  private static final ClassValue<RecordComponent[]> COMPONENTS =
      new ClassValue<>() {
        @Override
        protected RecordComponent[] computeValue(Class<?> type) {
          return type.getRecordComponents();
        }
      };

  private References() {}

  static Set<ObjectRef> of(KubeObject<?> object) {
    if (object.type().equals(Secret.TYPE) || object.type().equals(ConfigMap.TYPE)) {
      return Set.of();
    }
    Set<ObjectRef> found = new HashSet<>();
    walk(object.spec(), object.ref().namespace(), found);
    return Set.copyOf(found);
  }

  private static void walk(@Nullable Object value, String namespace, Set<ObjectRef> found) {
    switch (value) {
      case null -> {}
      case SecretObjectReference ref ->
          add(ref.group(), ref.kind(), or(ref.namespace(), namespace), ref.name(), found);
      case ObjectReference ref ->
          add(ref.group(), ref.kind(), or(ref.namespace(), namespace), ref.name(), found);
      case LocalObjectReference ref -> add(ref.group(), ref.kind(), namespace, ref.name(), found);
      case Record fields -> {
        for (RecordComponent component : COMPONENTS.get(fields.getClass())) {
          if (mayLead(component.getType())) {
            walk(get(component, fields), namespace, found);
          }
        }
      }
      case Collection<?> items -> items.forEach(item -> walk(item, namespace, found));
      case Map<?, ?> map -> map.values().forEach(item -> walk(item, namespace, found));
      default -> {}
    }
  }

  private static boolean mayLead(Class<?> type) {
    return !type.isPrimitive() && !type.isEnum() && type != String.class && type != Integer.class;
  }

  private static @Nullable Object get(RecordComponent component, Record fields) {
    try {
      return component.getAccessor().invoke(fields);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("records of the API have public accessors", e);
    }
  }

  private static String or(@Nullable String namespace, String own) {
    return namespace == null ? own : namespace;
  }

  /** Takes note of it, if it has a namespace: what is cluster-scoped must name one. */
  private static void add(
      String group, String kind, String namespace, String name, Set<ObjectRef> found) {
    boolean kept = group.isEmpty() && (kind.equals("Secret") || kind.equals("ConfigMap"));
    if (kept && !namespace.isEmpty()) {
      found.add(new ObjectRef(group, kind, namespace, name));
    }
  }
}
