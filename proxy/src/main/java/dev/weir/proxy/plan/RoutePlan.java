package dev.weir.proxy.plan;

import dev.weir.core.filter.CompiledFilter;

/**
 * What happens to a request that matched one route.
 *
 * @param name name of the route resource: {@code HTTPRoute/ns/name/rule/0/match/0}; label in logs
 *     and metrics
 * @param action the last step
 * @param filters in request order; a {@link Action.Forward} has those that run with its backends.
 *     Loops must not change the array
 */
@SuppressWarnings("ArrayRecordComponent") // read by index on the request path, never compared
public record RoutePlan(String name, Action action, CompiledFilter[] filters) {}
