package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.Hostname;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.DefaultScope;
import dev.weir.core.api.gateway.ParentReference;
import dev.weir.core.problem.ObjectRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A route of any kind, resolved but not yet attached.
 *
 * @param defaultGateways which Gateways it is attached to without naming them; null: none
 * @param hostnames not empty, the most specific first
 */
record Route(
    KubeObject<?> object,
    RouteKind<?> kind,
    List<ParentReference> parents,
    @Nullable DefaultScope defaultGateways,
    List<Hostname> hostnames,
    RouteContent content) {
  ObjectRef ref() {
    return object.ref();
  }
}
