package dev.weir.controlplane.topology;

import org.jspecify.annotations.Nullable;

/**
 * One address behind a Service port that takes requests.
 *
 * @param ip IPv4 or IPv6
 * @param zone where it is, or null if not known
 */
public record Endpoint(String ip, int port, @Nullable String zone) {}
