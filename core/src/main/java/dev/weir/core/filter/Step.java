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
   * Answer without a backend. From {@code requestHead} or {@code requestBody} only.
   *
   * @param fields fields of the reply besides those the gateway adds, or null for none
   * @param body empty for none
   */
  @SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
  record Reply(int status, Reason reason, @Nullable Fields fields, byte[] body) implements Step {}
}
