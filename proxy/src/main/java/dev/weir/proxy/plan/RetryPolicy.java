package dev.weir.proxy.plan;

import java.util.BitSet;
import java.util.Set;

/**
 * When an attempt that failed is followed by another, and after which pause.
 *
 * @param conditions failures that call for it
 * @param statuses responses that call for it; not changed once it is here
 * @param retries attempts beyond the first; at least 1
 * @param pauseNanos the shortest pause before an attempt; grows with their number
 * @param longestPauseNanos the pause does not grow further; at least {@code pauseNanos}
 */
public record RetryPolicy(
    Set<Condition> conditions,
    BitSet statuses,
    int retries,
    long pauseNanos,
    long longestPauseNanos) {

  /** How an attempt fails without a response. */
  public enum Condition {
    /** There was no connection to the endpoint. */
    CONNECT_FAILURE,
    /** The endpoint refused the stream unseen (RFC 9113, section 8.7). */
    REFUSED_STREAM,
    /** No response head for whatever reason, those above and the time of one attempt included. */
    RESET
  }

  public RetryPolicy {
    conditions = Set.copyOf(conditions);
  }

  /** Whether a response with that status calls for another attempt. */
  public boolean on(int status) {
    return statuses.get(status);
  }
}
