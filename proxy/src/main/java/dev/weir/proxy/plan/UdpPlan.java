package dev.weir.proxy.plan;

/**
 * Datagrams that are passed on as they are: Envoy's UdpProxyConfig, compiled.
 *
 * @param name stat prefix: the route as metrics and logs call it
 * @param clusters where the datagrams of a client go
 * @param idleNanos a session without a datagram in either direction for so long is forgotten
 * @param maxRequestBytes longer datagrams of clients are dropped
 * @param maxReplyBytes longer datagrams of endpoints are dropped
 * @param maxSessions for the whole process, each event loop has its share; beyond, the one that is
 *     longest unused makes way
 */
public record UdpPlan(
    String name,
    WeightedClusters clusters,
    long idleNanos,
    int maxRequestBytes,
    int maxReplyBytes,
    int maxSessions) {
  /** See docs/limits.md. */
  public static final int DEFAULT_SESSIONS = 10_000;
}
