package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.Format.KindName;
import dev.weir.core.api.gateway.Format.Namespace;
import dev.weir.core.api.gateway.Format.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * An object of any kind.
 *
 * @param namespace null: the same namespace, or none for cluster-scoped kinds
 */
public record ObjectReference(
    @Format.Group String group,
    @KindName String kind,
    @ObjectName String name,
    @Nullable @Namespace String namespace) {}
