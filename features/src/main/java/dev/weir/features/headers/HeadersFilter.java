package dev.weir.features.headers;

import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.FieldEdit;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import java.util.List;

/** Changes fields of request and response heads, in order. Stateless. */
final class HeadersFilter implements HttpFilter {
  private final FieldEdit[] request;
  private final FieldEdit[] response;

  HeadersFilter(List<FieldEdit> request, List<FieldEdit> response) {
    this.request = request.toArray(FieldEdit[]::new);
    this.response = response.toArray(FieldEdit[]::new);
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

  private static void apply(FieldEdit[] edits, Fields fields) {
    for (FieldEdit edit : edits) {
      edit.apply(fields);
    }
  }
}
