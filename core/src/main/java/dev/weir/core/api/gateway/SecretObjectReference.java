package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.Format.KindName;
import dev.weir.core.api.gateway.Format.Namespace;
import dev.weir.core.api.gateway.Format.ObjectName;
import dev.weir.core.api.schema.Default;
import org.jspecify.annotations.Nullable;

/**
 * A Secret, or another object that holds certificates.
 *
 * @param namespace null: the same namespace
 */
public record SecretObjectReference(
    @Default("") @Format.Group String group,
    @Default("Secret") @KindName String kind,
    @ObjectName String name,
    @Nullable @Namespace String namespace) {}
