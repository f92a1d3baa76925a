package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.Hostname;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.DefaultScope;
import dev.weir.core.api.gateway.ParentReference;
import dev.weir.core.problem.ObjectRef;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A route of any kind, resolved but not yet attached.
 *
 * @param defaultGateways which Gateways it is attached to without naming them; null: none
 * @param hostnames not empty, the most specific first
 * @param backends Services and Backends to which it may refer, whether or not they exist
 */
record Route(
    KubeObject<?> object,
    RouteKind<?> kind,
    List<ParentReference> parents,
    @Nullable DefaultScope defaultGateways,
    List<Hostname> hostnames,
    RouteContent content,
    Set<ObjectRef> backends) {
  /** Of two that differ in nothing but their kind, an HTTPRoute comes before a GRPCRoute. */
  static final Comparator<Route> OLDEST_FIRST =
      Comparator.comparing(Route::object, Lookup.BY_AGE)
          .thenComparing(route -> route.kind.name(), Comparator.reverseOrder());

  static <S extends Record> Route of(KubeObject<S> object, RouteKind<S> kind, Backends backends) {
    S spec = object.spec();
    List<String> names = kind.hostnames(spec);
    RouteContent content = kind.content(object);
    return new Route(
        object,
        kind,
        kind.parents(spec),
        kind.defaultGateways(spec),
        names.isEmpty()
            ? List.of(Hostname.ANY)
            : names.stream().map(Hostname::of).sorted().toList(),
        content,
        backends.takeReferred(object.ref()));
  }

  ObjectRef ref() {
    return object.ref();
  }
}
