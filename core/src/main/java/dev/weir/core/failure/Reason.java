package dev.weir.core.failure;

/**
 * Why the gateway itself, and not a backend, ended or answered an exchange. The {@link #code()} is
 * a public, stable word: it stands in the reply header {@code weir-reason}, in the access log and
 * in the metrics. New constants may be added, codes never change.
 */
public enum Reason {
  /** The request head breaks the message syntax (RFC 9112, RFC 9113). */
  BAD_REQUEST("bad-request", 400, 13),
  /** Request line and fields together are longer than allowed, or too many fields. */
  HEADERS_TOO_LARGE("headers-too-large", 431, 8),
  /** The request target alone is longer than allowed. */
  URI_TOO_LONG("uri-too-long", 414, 8),
  /** The request body is longer than allowed. */
  BODY_TOO_LARGE("body-too-large", 413, 8),
  /** A transfer coding or method that the gateway does not implement. */
  NOT_IMPLEMENTED("not-implemented", 501, 12),
  /** {@code Expect} asks for something else than {@code 100-continue}. */
  EXPECTATION_FAILED("expectation-failed", 417, 13),
  /** The HTTP version is not one the gateway speaks. */
  VERSION_NOT_SUPPORTED("version-not-supported", 505, 12),
  /** The client did not finish its request head or body in time. */
  DOWNSTREAM_TIMEOUT("downstream-timeout", 408, 4),
  /** The connection's server name and the request's host belong to different listeners. */
  MISDIRECTED("misdirected", 421, 14),
  /** No listener, host or route matches. */
  NO_ROUTE("no-route", 404, 12),
  /** The route or the chosen backend is invalid; its status in the configuration tells why. */
  INVALID_BACKEND("invalid-backend", 500, 14),
  /** The route refers to a cluster that the proxy does not have. */
  NO_CLUSTER("no-cluster", 503, 14),
  /** The cluster has no endpoint that may be used. */
  NO_HEALTHY_UPSTREAM("no-healthy-upstream", 503, 14),
  /** Connection, pending-request or request limit of the cluster reached. */
  UPSTREAM_OVERFLOW("upstream-overflow", 503, 14),
  /** The connection to the endpoint was refused or unreachable. */
  UPSTREAM_CONNECT_FAILURE("upstream-connect-failure", 503, 14),
  /** The connection to the endpoint was not made in time. */
  UPSTREAM_CONNECT_TIMEOUT("upstream-connect-timeout", 503, 14),
  /** The TLS handshake with the endpoint failed. */
  UPSTREAM_TLS_FAILURE("upstream-tls-failure", 503, 14),
  /** The endpoint closed or reset before a complete response head. */
  UPSTREAM_RESET("upstream-reset", 502, 14),
  /** All attempts that the route allows ended with a connection that broke before a response. */
  RETRIES_EXHAUSTED("retries-exhausted", 503, 14),
  /** The route wants another attempt, but the backend's retry budget is spent. */
  RETRY_BUDGET_SPENT("retry-budget-spent", 503, 14),
  /** The endpoint answered what is no valid HTTP message. */
  UPSTREAM_PROTOCOL_ERROR("upstream-protocol-error", 502, 14),
  /** The time for the whole exchange was up. */
  REQUEST_TIMEOUT("request-timeout", 504, 4),
  /** The time for one attempt at a backend was up. */
  BACKEND_REQUEST_TIMEOUT("backend-request-timeout", 504, 4),
  /** Nothing moved on the exchange for the stream's idle time. */
  IDLE_TIMEOUT("idle-timeout", 504, 4),
  /** The route redirects; not an error. */
  REDIRECT("redirect", 302, 12),
  /** The route answers by itself; not an error. */
  DIRECT_RESPONSE("direct-response", 200, 0),
  /** The answer to a browser that asks whether it may send a request; not an error. */
  PREFLIGHT("preflight", 204, 0),
  /** A browser asked for an origin that the route's CORS filter does not allow. */
  ORIGIN_NOT_ALLOWED("origin-not-allowed", 403, 7),
  /** The authorization service wants the client to say who it is. */
  UNAUTHENTICATED("unauthenticated", 401, 16),
  /** The authorization service does not let the request pass. */
  AUTH_DENIED("auth-denied", 403, 7),
  /** The authorization service failed or could not be asked, so that nothing may pass. */
  AUTH_UNAVAILABLE("auth-unavailable", 503, 14),
  /** A filter answered. */
  FILTER_REPLY("filter-reply", 403, 7),
  /** The client went away before the response was complete; nothing is sent. */
  DOWNSTREAM_RESET("downstream-reset", 499, 1),
  /** The TLS handshake with the client failed; nothing is sent. */
  DOWNSTREAM_TLS_FAILURE("downstream-tls-failure", 400, 13),
  /** The way to the client takes no more datagrams. */
  DOWNSTREAM_OVERFLOW("downstream-overflow", 503, 8),
  /** A UDP session made way for a newer one. */
  SESSION_LIMIT("session-limit", 503, 8),
  /** The gateway is stopping and no longer takes requests. */
  DRAINING("draining", 503, 14),
  /** A bug in the gateway. */
  INTERNAL("internal-error", 500, 13);

  private final String code;
  private final int status;
  private final int grpcStatus;

  Reason(String code, int status, int grpcStatus) {
    this.code = code;
    this.status = status;
    this.grpcStatus = grpcStatus;
  }

  /** The stable public word, e.g. {@code no-route}. */
  public String code() {
    return code;
  }

  /** HTTP status of the local reply unless the route says otherwise. */
  public int status() {
    return status;
  }

  /** gRPC status of the local reply to a gRPC request (grpc/statuscodes). */
  public int grpcStatus() {
    return grpcStatus;
  }
}
