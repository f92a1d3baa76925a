package dev.weir.features.extauth;

import dev.weir.core.http.FieldEdit;
import dev.weir.core.http.Fields;
import java.util.List;

/** What an authorization service says. */
sealed interface Verdict {
  /**
   * The request may pass.
   *
   * @param request changes of its fields
   * @param query changes of its query
   * @param response changes of the response to the client
   */
  record Allowed(List<FieldEdit> request, QueryEdit query, List<FieldEdit> response)
      implements Verdict {}

  /** The client is answered with this instead. */
  @SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
  record Denied(int status, Fields fields, byte[] body) implements Verdict {}

  /** The service failed, or what it says makes no sense; nothing passes then. */
  record Unknown() implements Verdict {}
}
