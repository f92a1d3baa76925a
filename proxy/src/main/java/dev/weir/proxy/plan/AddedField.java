package dev.weir.proxy.plan;

import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.ResponseHead;

/**
 * A field that a route configuration adds to the responses of its routes (Envoy:
 * RouteConfiguration.response_headers_to_add).
 *
 * @param replaces whether fields of that name that the backend sent give way
 */
public record AddedField(HeaderName name, String value, boolean replaces)
    implements CompiledFilter, HttpFilter {
  @Override
  public HttpFilter open(FilterExchange exchange) {
    return this;
  }

  @Override
  public Step responseHead(ResponseHead head, boolean last) {
    if (replaces) {
      head.fields().set(name, value);
    } else {
      head.fields().add(name, value);
    }
    return Step.NEXT;
  }
}
