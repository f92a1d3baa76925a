package dev.weir.core.api.gateway;

import dev.weir.core.api.Condition;
import java.util.List;

/** Status of a {@link ListenerSet}. */
public record ListenerSetStatus(List<Condition> conditions, List<ListenerStatus> listeners) {}
