package dev.weir.proxy.upstream;

import java.util.concurrent.TimeUnit;

/**
 * What holds for connections to all clusters. Times are nanoseconds.
 *
 * @param connectionIdleNanos a connection without an exchange for so long is closed
 * @param setAsideNanos for so long an endpoint that could not be connected is avoided, times the
 *     number of failures in a row
 * @param longestSetAsideNanos but for so long at most
 */
public record UpstreamOptions(
    long connectionIdleNanos, long setAsideNanos, long longestSetAsideNanos) {
  public static final UpstreamOptions DEFAULTS =
      new UpstreamOptions(
          TimeUnit.SECONDS.toNanos(60), TimeUnit.SECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(10));
}
