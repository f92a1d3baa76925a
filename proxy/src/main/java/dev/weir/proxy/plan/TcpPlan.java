package dev.weir.proxy.plan;

/**
 * Connections that are passed on as they are: Envoy's TcpProxy, compiled.
 *
 * @param name stat prefix: the route as metrics and logs call it
 * @param clusters where connections go
 * @param idleNanos a connection on which nothing moves for so long is closed; 0 = never
 * @param connectAttempts how many endpoints are tried for one connection; at least 1
 */
public record TcpPlan(String name, WeightedClusters clusters, long idleNanos, int connectAttempts)
    implements TrafficPlan {}
