package dev.weir.echo;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests that fail the first times: query {@code succeedAfter=2&uuid=U&responseCode=503} fails
 * the first two requests of each pod that have the same {@code U}, with that status or, without
 * one, by closing the connection, and waits {@code delayRetry} before each failure. Confined to an
 * event loop.
 */
final class FirstFailures {
  private final Map<String, Integer> requests = new HashMap<>();

  /**
   * How a request fails.
   *
   * @param status 0 to close the connection
   */
  record Failure(int status, Duration delay) {}

  /** Counts the request; null if it is to succeed. */
  @Nullable Failure of(EchoIdentity identity, EchoQuery query) {
    String times = query.value("succeedAfter");
    if (times == null) {
      return null;
    }
    String key = identity.namespace() + "/" + identity.pod() + "/" + query.value("uuid");
    int before = requests.merge(key, 1, Integer::sum) - 1;
    try {
      if (before >= Integer.parseInt(times)) {
        return null;
      }
      String status = query.value("responseCode");
      return new Failure(
          status == null ? 0 : Integer.parseInt(status), query.duration("delayRetry"));
    } catch (NumberFormatException e) {
      return new Failure(400, Duration.ZERO);
    }
  }
}
