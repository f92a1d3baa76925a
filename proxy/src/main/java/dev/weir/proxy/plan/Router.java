package dev.weir.proxy.plan;

import dev.weir.core.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route of a request. Implementations are immutable, allocate nothing per request and
 * look at each host and path segment once, however many routes there are.
 */
@FunctionalInterface
public interface Router {
  /** The most specific route that matches, or null. */
  @Nullable RoutePlan route(RequestHead request);
}
