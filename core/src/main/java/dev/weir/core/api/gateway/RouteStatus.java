package dev.weir.core.api.gateway;

import dev.weir.core.api.Condition;
import java.util.List;

/** Status of a route of any kind: one entry a parent. */
public record RouteStatus(List<RouteParentStatus> parents) {
  public RouteStatus {
    parents = List.copyOf(parents);
  }

  /**
   * What one parent made of the route.
   *
   * @param controllerName who wrote the entry
   */
  public record RouteParentStatus(
      ParentReference parentRef, String controllerName, List<Condition> conditions) {}
}
