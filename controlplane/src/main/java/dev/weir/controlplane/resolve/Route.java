package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.Hostname;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.ParentReference;
import dev.weir.core.problem.ObjectRef;
import java.util.List;

/**
 * A route of any kind, resolved but not yet attached.
 *
 * @param hostnames not empty
 */
record Route(
    KubeObject<?> object,
    RouteKind<?> kind,
    List<ParentReference> parents,
    List<Hostname> hostnames,
    RouteContent content) {

  static <S extends Record> Route of(KubeObject<S> object, RouteKind<S> kind) {
    List<String> names = kind.hostnames(object.spec());
    return new Route(
        object,
        kind,
        kind.parents(object.spec()),
        names.isEmpty() ? List.of(Hostname.ANY) : names.stream().map(Hostname::of).toList(),
        kind.content(object));
  }

  ObjectRef ref() {
    return object.ref();
  }
}
