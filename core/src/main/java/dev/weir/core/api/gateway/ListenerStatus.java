package dev.weir.core.api.gateway;

import dev.weir.core.api.Condition;
import java.util.List;

/**
 * Status of one listener.
 *
 * @param attachedRoutes how many routes it took
 */
public record ListenerStatus(
    String name,
    List<Listener.RouteGroupKind> supportedKinds,
    int attachedRoutes,
    List<Condition> conditions) {}
