package dev.weir.controlplane.topology;

import dev.weir.core.api.gateway.SessionPersistence;
import dev.weir.core.api.gateway.XBackendTrafficPolicy.RetryConstraint;
import org.jspecify.annotations.Nullable;

/**
 * What a policy asks for requests to a backend, whatever route they come by.
 *
 * @param retries how many retries it bears, or null for as many as routes ask for
 * @param sessions how clients are kept at its endpoints by rules that say nothing about it, or null
 */
public record BackendTraffic(
    @Nullable RetryConstraint retries, @Nullable SessionPersistence sessions) {}
