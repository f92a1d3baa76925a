package dev.weir.proxy.plan;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A group of endpoints that do the same work, and how they are spoken to.
 *
 * @param name for logs, metrics and state that outlives this plan
 * @param protocol what the endpoints speak
 * @param tls how connections are secured, or null for plain text
 * @param connectTimeoutNanos for TCP and TLS together
 * @param balancing how one is picked
 * @param limits what one event loop may ask of the whole cluster
 * @param endpoints resolved, or names still to resolve
 */
public record ClusterPlan(
    String name,
    UpstreamProtocol protocol,
    @Nullable UpstreamTls tls,
    long connectTimeoutNanos,
    Balancing balancing,
    Limits limits,
    List<EndpointPlan> endpoints) {

  /** What the endpoints speak. */
  public enum UpstreamProtocol {
    HTTP_1,
    /** HTTP/2: by ALPN over TLS, by prior knowledge over plain text. */
    HTTP_2
  }

  /** How one of the endpoints is picked. */
  public enum Balancing {
    ROUND_ROBIN,
    LEAST_REQUEST
  }

  /**
   * Circuit-breaker thresholds, for the whole process; each event loop gets its share. 0 = none.
   *
   * @param connections open at once
   * @param pendingRequests waiting for a connection
   * @param requests in progress
   * @param retries that routes ask for; null for as many as they do
   */
  public record Limits(
      int connections, int pendingRequests, int requests, @Nullable RetryBudget retries) {
    public static final Limits DEFAULTS = new Limits(0, 1024, 0);

    /** Limits without a retry budget. */
    public Limits(int connections, int pendingRequests, int requests) {
      this(connections, pendingRequests, requests, null);
    }
  }

  /**
   * How many retries the cluster bears, for the whole process. One is allowed by either rule.
   *
   * @param percent of all attempts of the last {@code nanos}, retries included
   * @param nanos greater than 0
   * @param minRetries allowed in any case within {@code minNanos}
   * @param minNanos greater than 0
   */
  public record RetryBudget(int percent, long nanos, int minRetries, long minNanos) {}

  /**
   * One endpoint.
   *
   * @param address an {@code InetSocketAddress} (unresolved if it is a DNS name) or a {@code
   *     DomainSocketAddress}
   * @param weight among the endpoints of its priority; at least 1
   * @param priority 0 is used first; others only when all before are unusable
   * @param locality {@code region/zone/subzone}, empty if unknown
   */
  public record EndpointPlan(SocketAddress address, int weight, int priority, String locality) {
    /** The name by which the endpoint is known only, or null if there is an address. */
    public @Nullable String name() {
      return address instanceof InetSocketAddress inet && inet.isUnresolved()
          ? inet.getHostString()
          : null;
    }
  }

  /** The DNS names of the endpoints. */
  public Set<String> names() {
    Set<String> names = new HashSet<>();
    for (EndpointPlan endpoint : endpoints) {
      String name = endpoint.name();
      if (name != null) {
        names.add(name);
      }
    }
    return names;
  }
}
