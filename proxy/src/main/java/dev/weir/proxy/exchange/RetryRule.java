package dev.weir.proxy.exchange;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.RetryPolicy;
import dev.weir.proxy.plan.RetryPolicy.Condition;
import java.nio.charset.StandardCharsets;

/** Whether a failed attempt is followed by another. */
final class RetryRule {
  static final int MOST_UNASKED_ATTEMPTS = 2;

  private static final byte[][] IDEMPOTENT = {
    ascii("GET"), ascii("HEAD"), ascii("PUT"), ascii("DELETE"), ascii("OPTIONS"), ascii("TRACE")
  };

  private RetryRule() {}

  /**
   * Whether to try again at once, whether or not the route asks for it: a second time, and only
   * where the request cannot have had an effect, or may have it twice (RFC 9110, section 9.2.2).
   *
   * @param attempts made so far
   */
  static boolean unasked(Failure failure, int attempts, RequestHead request) {
    if (attempts >= MOST_UNASKED_ATTEMPTS) {
      return false;
    }
    return switch (failure.retry()) {
      case UNSENT -> true;
      case REUSED_CONNECTION -> idempotent(request);
      case POLICY, NEVER -> false;
    };
  }

  /** Whether the route wants another attempt after this failure. */
  static boolean asked(Failure failure, RetryPolicy policy) {
    if (failure.retry() == Retry.NEVER) {
      return false;
    }
    if (policy.conditions().contains(Condition.RESET)) {
      return true;
    }
    return switch (failure.reason()) {
      case UPSTREAM_CONNECT_FAILURE, UPSTREAM_CONNECT_TIMEOUT, UPSTREAM_TLS_FAILURE ->
          policy.conditions().contains(Condition.CONNECT_FAILURE);
      case UPSTREAM_RESET ->
          failure.retry() == Retry.UNSENT && policy.conditions().contains(Condition.REFUSED_STREAM);
      default -> false;
    };
  }

  /**
   * What an exchange fails with whose attempts are used up: a reset is no longer the fault of one
   * connection, so the client hears 503 instead of 502.
   */
  static Failure exhausted(Failure last, int attempts) {
    return last.reason() == Reason.UPSTREAM_RESET
        ? new Failure(
            last.origin(),
            Reason.RETRIES_EXHAUSTED,
            Retry.NEVER,
            attempts + " attempts, the last: " + last.detail())
        : last;
  }

  /** Whether a request may have its effect twice (RFC 9110, section 9.2.2). */
  static boolean idempotent(RequestHead request) {
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
