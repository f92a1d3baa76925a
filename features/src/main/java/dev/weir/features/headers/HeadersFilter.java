package dev.weir.features.headers;

import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import java.util.List;

/** Changes fields of request and response heads, in order. Stateless. */
final class HeadersFilter implements HttpFilter {
  private final HeaderEdit[] request;
  private final HeaderEdit[] response;

  HeadersFilter(List<HeaderEdit> request, List<HeaderEdit> response) {
    this.request = request.toArray(HeaderEdit[]::new);
    this.response = response.toArray(HeaderEdit[]::new);
  }

  @Override
  public Step requestHead(RequestHead head, boolean last) {
    apply(request, head.fields());
    return Step.NEXT;
  }

  @Override
  public Step responseHead(ResponseHead head, boolean last) {
    apply(response, head.fields());
    return Step.NEXT;
  }

  private static void apply(HeaderEdit[] edits, Fields fields) {
    for (HeaderEdit edit : edits) {
      edit.apply(fields);
    }
  }
}
