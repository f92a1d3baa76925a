package dev.weir.controlplane.serve;

import dev.weir.core.api.gateway.Group;
import dev.weir.core.problem.ObjectRef;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a client serves, as it says in {@code node.cluster}. */
sealed interface Scope {
  /** The Gateways in a publication. */
  Set<ObjectRef> gateways(Publication publication);

  /** {@code Gateway/<namespace>/<name>}. */
  record OneGateway(ObjectRef gateway) implements Scope {
    @Override
    public Set<ObjectRef> gateways(Publication publication) {
      return publication.gateways().containsKey(gateway) ? Set.of(gateway) : Set.of();
    }
  }

  /** {@code GatewayClass/<name>}. */
  record AllOfClass(String name) implements Scope {
    @Override
    public Set<ObjectRef> gateways(Publication publication) {
      return publication.classes().getOrDefault(name, Set.of());
    }
  }

  /** Null if the text is neither. */
  static @Nullable Scope of(String cluster) {
    String[] parts = cluster.split("/", -1);
    for (String part : parts) {
      if (part.isEmpty()) {
        return null;
      }
    }
    if (parts.length == 3 && parts[0].equals("Gateway")) {
      return new OneGateway(new ObjectRef(Group.GATEWAY, parts[0], parts[1], parts[2]));
    }
    return parts.length == 2 && parts[0].equals("GatewayClass") ? new AllOfClass(parts[1]) : null;
  }
}
