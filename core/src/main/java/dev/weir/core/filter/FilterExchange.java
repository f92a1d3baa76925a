package dev.weir.core.filter;

import dev.weir.core.http.RequestHead;

/** What a filter sees of the exchange it works on. On the exchange's event loop only. */
public interface FilterExchange {
  /** The request head, as the filters so far have made it. */
  RequestHead request();

  /** The client's address after the trusted-hops rule, as text; stable for the exchange. */
  String clientAddress();

  /** Version that the client speaks, as in access logs: {@code HTTP/1.1}, {@code HTTP/2}. */
  String protocol();

  /** Port of the listener that the client came to. */
  int localPort();

  /** The wall clock in milliseconds since 1970. */
  long epochMillis();

  /** Continues after {@link Step#HOLD}. */
  void resume();

  /**
   * Answers the request after {@link Step#HOLD}, instead of {@link #resume}; not possible where a
   * response is held.
   */
  void reply(Step.Reply reply);

  /**
   * Sends a request beside the exchange. The receiver hears the answer later or during this call,
   * and nothing if the exchange is over before. One at a time for each filter.
   */
  void call(Call call, Call.Receiver receiver);
}
