package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.Format.KindName;
import dev.weir.core.api.gateway.Format.ObjectName;

/** An object of the same namespace. */
public record LocalObjectReference(
    @Format.Group String group, @KindName String kind, @ObjectName String name) {}
