package dev.weir.core.filter;

import dev.weir.core.http.RequestHead;

/** What a filter sees of the exchange it works on. On the exchange's event loop only. */
public interface FilterExchange {
  /** The request head, as the filters so far have made it. */
  RequestHead request();

  /** The client's address after the trusted-hops rule, as text; stable for the exchange. */
  String clientAddress();

  /** Continues after {@link Step#HOLD}. */
  void resume();
}
