package dev.weir.core.api.gateway;

import dev.weir.core.api.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Status of a {@link Gateway}.
 *
 * @param addresses where it listens
 * @param attachedListenerSets how many ListenerSets it took; null: not counted
 */
public record GatewayStatus(
    List<GatewayAddress> addresses,
    List<Condition> conditions,
    List<ListenerStatus> listeners,
    @Nullable Integer attachedListenerSets) {}
