package dev.weir.proxy.plan;

import org.jspecify.annotations.Nullable;

/**
 * Serves the connections of one listener that ask for certain server names.
 *
 * @param name for logs
 * @param tls how TLS is terminated, or null where it is not: for plain text, and where TLS is
 *     passed through
 * @param traffic what happens to what they carry
 */
public record ChainPlan(String name, @Nullable DownstreamTls tls, TrafficPlan traffic) {
  /**
   * What happens to the requests.
   *
   * @throws IllegalStateException if the chain does not carry HTTP
   */
  public HttpPlan http() {
    if (traffic instanceof HttpPlan http) {
      return http;
    }
    throw new IllegalStateException(name + " carries no HTTP");
  }
}
