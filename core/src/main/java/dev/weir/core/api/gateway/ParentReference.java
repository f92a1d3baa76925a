package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.Format.KindName;
import dev.weir.core.api.gateway.Format.Namespace;
import dev.weir.core.api.gateway.Format.ObjectName;
import dev.weir.core.api.gateway.Format.Port;
import dev.weir.core.api.gateway.Format.SectionName;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a route wants to be attached to; also the identity of a parent in a route's status.
 *
 * @param namespace null: the same namespace
 * @param sectionName name of a listener; null: every one
 * @param port port of the listeners; null: any
 */
public record ParentReference(
    @Default(Group.GATEWAY) @Format.Group String group,
    @Default("Gateway") @KindName String kind,
    @Nullable @Namespace String namespace,
    @ObjectName String name,
    @Nullable @SectionName String sectionName,
    @Nullable @Port Integer port) {

  /** The rules for several references of one route to the same parent. */
  static void check(List<ParentReference> parents, Violations violations) {
    for (int i = 1; i < parents.size(); i++) {
      ParentReference parent = parents.get(i);
      for (ParentReference earlier : parents.subList(0, i)) {
        if (!parent.sameObject(earlier)) {
          continue;
        }
        String path = "parentRefs[" + i + "]";
        if (parent.equals(earlier)) {
          violations.add(
              path, "the same reference as parentRefs[" + parents.indexOf(earlier) + "]");
          break;
        }
        if ((parent.sectionName == null) != (earlier.sectionName == null)
            || (parent.port == null) != (earlier.port == null)) {
          violations.add(
              path,
              "several references to one parent need all a sectionName, or all a port, to tell them apart");
          break;
        }
      }
    }
  }

  private boolean sameObject(ParentReference other) {
    return group.equals(other.group)
        && kind.equals(other.kind)
        && name.equals(other.name)
        && Objects.equals(namespace, other.namespace);
  }
}
