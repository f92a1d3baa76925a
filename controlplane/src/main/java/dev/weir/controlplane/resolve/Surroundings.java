package dev.weir.controlplane.resolve;

import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.GrpcRoute;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What of a state the findings about one object depend on. Routes say nothing about each other and
 * nothing about other objects, with one exception: HTTPRoutes and GRPCRoutes cannot share a
 * hostname on a listener. So of many routes few matter.
 */
public final class Surroundings {
  /**
   * With more rivals than these all routes are taken: to look for them costs more than it saves.
   */
  private static final int MANY_RIVALS = 10;

  private Surroundings() {}

  /**
   * A state in which resolve finds the same about {@code object} as in {@code state} with the
   * object, and perhaps not the same about others.
   */
  public static ClusterState of(KubeObject<?> object, ClusterState state) {
    List<KubeObject<?>> routes = new ArrayList<>();
    Set<ObjectRef> found = new HashSet<>(Set.of(object.ref()));
    Deque<KubeObject<?>> open = new ArrayDeque<>(List.of(object));
    while (!open.isEmpty()) {
      KubeObject<?> next = open.pop();
      for (KubeObject<?> rival : rivals(next, state)) {
        // Which may be no rival because another one is in its way, and so on.
        if (!found.contains(rival.ref()) && overlap(next, rival)) {
          found.add(rival.ref());
          open.add(rival);
          routes.add(rival);
        }
      }
      if (routes.size() > MANY_RIVALS) {
        return state.with(object);
      }
    }
    ClusterState few = state.without(Ground.ROUTES);
    for (KubeObject<?> route : routes) {
      few = few.with(route);
    }
    return few.with(object);
  }

  private static Iterable<? extends KubeObject<?>> rivals(KubeObject<?> route, ClusterState state) {
    return switch (route.spec()) {
      case HttpRoute http -> state.objects(GrpcRoute.TYPE);
      case GrpcRoute grpc -> state.objects(HttpRoute.TYPE);
      default -> List.of();
    };
  }

  private static boolean overlap(KubeObject<?> one, KubeObject<?> other) {
    for (Hostname name : hostnames(one)) {
      for (Hostname another : hostnames(other)) {
        if (name.intersect(another) != null) {
          return true;
        }
      }
    }
    return false;
  }

  private static List<Hostname> hostnames(KubeObject<?> route) {
    List<String> names =
        switch (route.spec()) {
          case HttpRoute http -> http.hostnames();
          case GrpcRoute grpc -> grpc.hostnames();
          default -> List.of();
        };
    return names.isEmpty() ? List.of(Hostname.ANY) : names.stream().map(Hostname::of).toList();
  }
}
