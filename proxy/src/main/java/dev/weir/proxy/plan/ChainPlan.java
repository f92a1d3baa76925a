package dev.weir.proxy.plan;

import org.jspecify.annotations.Nullable;

/**
 * Serves the connections of one listener that ask for certain server names.
 *
 * @param name for logs and metrics
 * @param tls how TLS is terminated, or null for plain text
 * @param http what happens to the requests
 */
public record ChainPlan(String name, @Nullable DownstreamTls tls, HttpPlan http) {}
