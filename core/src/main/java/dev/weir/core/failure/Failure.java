package dev.weir.core.failure;

/**
 * Something ended an exchange, or an attempt of it, that was not a complete response: who broke it,
 * what it was, and whether the same request may be sent again.
 *
 * @param detail for the log, in a few words; never sent to clients
 */
public record Failure(Origin origin, Reason reason, Retry retry, String detail) {
  /** Whose doing it was. */
  public enum Origin {
    DOWNSTREAM,
    UPSTREAM,
    LOCAL
  }

  /** What is known about the request's effect on the upstream. */
  public enum Retry {
    /** Not a byte reached the application: always safe. */
    UNSENT,
    /** A pooled connection was closed under us, as idle ones are: safe for idempotent methods. */
    REUSED_CONNECTION,
    /** May have had an effect: only if the route's policy says so. */
    POLICY,
    /** Pointless or impossible. */
    NEVER
  }

  public static Failure upstream(Reason reason, Retry retry, String detail) {
    return new Failure(Origin.UPSTREAM, reason, retry, detail);
  }

  public static Failure downstream(Reason reason, String detail) {
    return new Failure(Origin.DOWNSTREAM, reason, Retry.NEVER, detail);
  }

  public static Failure local(Reason reason, String detail) {
    return new Failure(Origin.LOCAL, reason, Retry.NEVER, detail);
  }
}
