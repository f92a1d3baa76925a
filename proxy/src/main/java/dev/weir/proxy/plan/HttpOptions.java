package dev.weir.proxy.plan;

import java.util.Set;

/**
 * Limits, timeouts and header policy of downstream connections. Times are nanoseconds, 0 = no
 * limit; sizes are bytes. Defaults and their reasons: {@code docs/limits.md}.
 *
 * @param maxHeaderBytes request line and fields together; beyond: 431
 * @param maxHeaderCount number of fields; beyond: 431
 * @param maxUriBytes request target; beyond: 414
 * @param maxBodyBytes request body, 0 = any; beyond: 413
 * @param maxConcurrentStreams HTTP/2 streams open at once on a connection
 * @param connectionIdleNanos without an exchange
 * @param headerReadNanos from the first byte of a head to its last
 * @param requestReadNanos from the first byte of a head to the last of the body
 * @param streamIdleNanos nothing moved in either direction of an exchange
 * @param trustedProxies whose word about the client's address counts
 * @param path how paths are normalised before routing
 * @param upgrades protocols that connections may change to, in lower case; empty: any
 * @param reasonHeader whether local replies carry {@code weir-reason}
 */
public record HttpOptions(
    int maxHeaderBytes,
    int maxHeaderCount,
    int maxUriBytes,
    long maxBodyBytes,
    int maxConcurrentStreams,
    long connectionIdleNanos,
    long headerReadNanos,
    long requestReadNanos,
    long streamIdleNanos,
    TrustedProxies trustedProxies,
    PathNormalisation path,
    Set<String> upgrades,
    boolean reasonHeader) {

  public HttpOptions {
    upgrades = Set.copyOf(upgrades);
  }

  private static final long SECOND = 1_000_000_000L;

  /** The defaults of {@code docs/limits.md}. */
  public static final HttpOptions DEFAULTS =
      new HttpOptions(
          60 * 1024,
          100,
          16 * 1024,
          0,
          100,
          300 * SECOND,
          10 * SECOND,
          0,
          300 * SECOND,
          TrustedProxies.NONE,
          PathNormalisation.DEFAULT,
          Set.of(),
          true);

  /**
   * What is done to a path before anything looks at it; the normal form is also what the backend
   * gets. Dot segments are always resolved and a path that climbs above the root is refused.
   *
   * @param mergeSlashes {@code //} becomes {@code /}
   * @param escapedSlashes what happens to {@code %2F} and {@code %5C}
   */
  public record PathNormalisation(boolean mergeSlashes, EscapedSlashes escapedSlashes) {
    public static final PathNormalisation DEFAULT =
        new PathNormalisation(false, EscapedSlashes.KEEP);
  }

  /** Treatment of escaped slashes in a path. */
  public enum EscapedSlashes {
    KEEP,
    REJECT,
    UNESCAPE
  }
}
