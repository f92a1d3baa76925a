package dev.weir.controlplane.resolve;

import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.ReferenceGrant;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Decides whether a reference may cross namespaces: only if the target's namespace grants it. */
final class ReferenceGrants {
  private final Map<String, List<ReferenceGrant>> byNamespace = new HashMap<>();

  ReferenceGrants(Collection<KubeObject<ReferenceGrant>> grants) {
    for (KubeObject<ReferenceGrant> grant : grants) {
      byNamespace
          .computeIfAbsent(grant.ref().namespace(), namespace -> new ArrayList<>())
          .add(grant.spec());
    }
  }

  boolean permit(ObjectRef from, ObjectRef to) {
    return from.namespace().equals(to.namespace())
        || byNamespace.getOrDefault(to.namespace(), List.of()).stream()
            .anyMatch(grant -> permits(grant, from, to));
  }

  private static boolean permits(ReferenceGrant grant, ObjectRef from, ObjectRef to) {
    return grant.from().stream()
            .anyMatch(source ->
                source.group().equals(from.group())
                    && source.kind().equals(from.kind())
                    && source.namespace().equals(from.namespace()))
        && grant.to().stream()
            .anyMatch(target ->
                target.group().equals(to.group())
                    && target.kind().equals(to.kind())
                    && (target.name() == null || target.name().equals(to.name())));
  }

  /** What to do about a reference that is not permitted. */
  static String missing(ObjectRef from, ObjectRef to) {
    return "no ReferenceGrant in namespace %s lets %ss of namespace %s refer to %s: add one there"
        .formatted(to.namespace(), from.kind(), from.namespace(), to);
  }
}
