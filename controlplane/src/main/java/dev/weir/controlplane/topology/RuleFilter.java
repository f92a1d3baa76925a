package dev.weir.controlplane.topology;

import dev.weir.core.api.gateway.HttpRouteFilter;
import org.jspecify.annotations.Nullable;

/**
 * A filter of a rule or of one backend of it.
 *
 * @param backend where the filter sends requests of its own, for example copies of them; null for
 *     filters without a {@code backendRef}
 */
public record RuleFilter(HttpRouteFilter filter, @Nullable ResolvedBackend backend) {}
