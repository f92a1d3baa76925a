package dev.weir.controlplane.resolve;

import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.GrpcRoute;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.api.gateway.TcpRoute;
import dev.weir.core.api.gateway.TlsRoute;
import dev.weir.core.api.gateway.UdpRoute;
import dev.weir.core.api.k8s.EndpointSlice;
import dev.weir.core.filter.RouteFilter;
import dev.weir.core.problem.ObjectRef;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what the rules of routes came to, so that a run in which one route differs from the run
 * before resolves one route. Routes say nothing about each other, and endpoints come in later;
 * while nothing else has changed, an object that is the same instance as before means the same.
 * Forgets what the last run did not ask for. Not for concurrent use.
 */
final class KnownContents {
  static final Set<ObjectType<?>> ROUTES =
      Set.of(HttpRoute.TYPE, GrpcRoute.TYPE, TlsRoute.TYPE, TcpRoute.TYPE, UdpRoute.TYPE);

  /** What the rules of a route do not depend on. */
  private static final Set<ObjectType<?>> APART =
      Stream.concat(ROUTES.stream(), Stream.of(EndpointSlice.TYPE))
          .collect(Collectors.toUnmodifiableSet());

  private ClusterState state = ClusterState.EMPTY;
  private @Nullable Choices choices;
  private Map<ObjectRef, Known> previous = new HashMap<>();
  private Map<ObjectRef, Known> current = new HashMap<>();

  /** What was asked of resolve, as far as rules depend on it. */
  private record Choices(Set<String> features, List<RouteFilter<?>> filters) {}

  /**
   * What a route came to.
   *
   * @param backends Services and Backends to which it may refer
   */
  private record Known(
      KubeObject<?> object,
      List<Hostname> hostnames,
      RouteContent content,
      Set<ObjectRef> backends) {}

  void startRun(ClusterState next, ResolveOptions options) {
    Choices asked = new Choices(options.features(), options.filters());
    boolean same = asked.equals(choices) && state.equalsBut(APART, next);
    previous = same ? current : Map.of();
    current = HashMap.newHashMap(previous.size());
    state = next;
    choices = asked;
  }

  /** What an object says in this run. */
  @SuppressWarnings("ReferenceEquality") // an object that did not change is the same instance
  <S extends Record> Route route(KubeObject<S> object, RouteKind<S> kind, Backends backends) {
    Known known = previous.get(object.ref());
    if (known == null || known.object != object) {
      known =
          new Known(
              object,
              hostnames(kind.hostnames(object.spec())),
              kind.content(object),
              backends.referredBy(object.ref()));
    }
    current.put(object.ref(), known);
    return new Route(
        object,
        kind,
        kind.parents(object.spec()),
        kind.defaultGateways(object.spec()),
        known.hostnames,
        known.content);
  }

  private static List<Hostname> hostnames(List<String> names) {
    return names.isEmpty()
        ? List.of(Hostname.ANY)
        : names.stream().map(Hostname::of).sorted().toList();
  }

  /**
   * The Services and Backends to which a route of this run may refer, whether or not they exist.
   */
  Set<ObjectRef> referredBy(ObjectRef route) {
    Known known = current.get(route);
    return known == null ? Set.of() : known.backends;
  }
}
