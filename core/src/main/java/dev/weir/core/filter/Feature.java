package dev.weir.core.filter;

import java.util.List;

/**
 * A feature: what one folder of {@code features} adds to the two planes. Its halves meet only in
 * protobuf messages.
 */
public interface Feature {
  /** Short name, the folder's. */
  String name();

  /** Control-plane half: the route filters it implements. */
  default List<RouteFilter<?>> routeFilters() {
    return List.of();
  }

  /** Data-plane half: the HTTP filters it implements. */
  default List<HttpFilterType<?, ?>> httpFilters() {
    return List.of();
  }

  /** Names of the Gateway API features that it makes true ({@code status.supportedFeatures}). */
  default List<String> supportedFeatures() {
    return List.of();
  }
}
