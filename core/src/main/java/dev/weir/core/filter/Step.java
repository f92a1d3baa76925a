package dev.weir.core.filter;

import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import org.jspecify.annotations.Nullable;

/** What a filter wants to happen next. */
public sealed interface Step {
  /** Go on with the next filter. */
  Step NEXT = new Next();

  /** Wait: the filter calls {@link FilterExchange#resume()} later, on the same event loop. */
  Step HOLD = new Hold();

  /** Go on with the next filter. */
  record Next() implements Step {}

  /** Wait for {@link FilterExchange#resume()}; reading pauses meanwhile. */
  record Hold() implements Step {}

  /**
   * Collect the request body first, then call {@link HttpFilter#requestCollected}. From {@code
   * requestHead} only. A client that asks whether to send the body is told to.
   *
   * @param bytes most that are collected and shown; what comes beyond follows later
   */
  record Collect(int bytes) implements Step {}

  /**
   * Answer without a backend. From {@code requestHead}, {@code requestCollected} or {@code
   * requestBody} only.
   *
   * @param fields fields of the reply besides those the gateway adds, or null for none
   * @param body empty for none
   */
  @SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
  record Reply(int status, Reason reason, @Nullable Fields fields, byte[] body) implements Step {}
}
