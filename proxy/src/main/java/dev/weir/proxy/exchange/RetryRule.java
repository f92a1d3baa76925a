package dev.weir.proxy.exchange;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.RequestHead;
import java.nio.charset.StandardCharsets;

/**
 * Whether a failed attempt is followed by another when the route says nothing about it: once, and
 * only where the request cannot have had an effect, or may have it twice (RFC 9110, section 9.2.2).
 */
final class RetryRule {
  static final int MOST_ATTEMPTS = 2;

  private static final byte[][] IDEMPOTENT = {
    ascii("GET"), ascii("HEAD"), ascii("PUT"), ascii("DELETE"), ascii("OPTIONS"), ascii("TRACE")
  };

  private RetryRule() {}

  /**
   * Whether to try again.
   *
   * @param attempts made so far
   */
  static boolean allows(Failure failure, int attempts, RequestHead request) {
    if (attempts >= MOST_ATTEMPTS) {
      return false;
    }
    return switch (failure.retry()) {
      case UNSENT -> true;
      case REUSED_CONNECTION -> idempotent(request);
      case POLICY, NEVER -> false;
    };
  }

  private static boolean idempotent(RequestHead request) {
    for (byte[] method : IDEMPOTENT) {
      if (request.methodIs(method)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
