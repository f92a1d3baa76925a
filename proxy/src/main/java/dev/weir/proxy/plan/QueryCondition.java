package dev.weir.proxy.plan;

import dev.weir.core.http.RequestHead;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A condition on a query parameter: the first of that name counts. Name and value are compared as
 * sent, without decoding, as Envoy does; a parameter without {@code =} has an empty value.
 *
 * @param value what the value has to match; null: the parameter only has to be there
 */
@SuppressWarnings("ArrayRecordComponent") // read on the request path, never compared
public record QueryCondition(byte[] name, @Nullable ValueMatch value) implements Condition {
  @Override
  public boolean matches(RequestHead request) {
    byte[] bytes = request.bytes();
    int end = request.targetEnd();
    // Starts at the question mark, or at the end if there is none.
    for (int at = request.pathEnd(); at < end; ) {
      int start = at + 1;
      at = indexOf(bytes, '&', start, end);
      int nameEnd = indexOf(bytes, '=', start, at);
      if (Arrays.equals(bytes, start, nameEnd, name, 0, name.length)) {
        return value == null || value.matches(bytes, Math.min(nameEnd + 1, at), at);
      }
    }
    return false;
  }

  private static int indexOf(byte[] bytes, char wanted, int from, int end) {
    int at = from;
    while (at < end && bytes[at] != wanted) {
      at++;
    }
    return at;
  }
}
