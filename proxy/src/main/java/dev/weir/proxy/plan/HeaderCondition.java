package dev.weir.proxy.plan;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import java.util.Arrays;

/**
 * A condition on the value of a header. Several fields of one name count as one, their values
 * joined by commas (RFC 9110, section 5.3; Envoy does it without the space). A header that is not
 * there never meets it, whatever {@code wanted}.
 *
 * @param name not {@code host}, which is no field
 * @param wanted whether the value has to match, or has not to
 */
public record HeaderCondition(HeaderName name, ValueMatch value, Wanted wanted)
    implements Condition {

  /** What a match means. */
  public enum Wanted {
    MATCH,
    NO_MATCH
  }

  @Override
  public boolean matches(RequestHead request) {
    Fields fields = request.fields();
    int first = fields.indexOf(name);
    if (first < 0) {
      return false;
    }
    int second = fields.indexOf(name, first + 1);
    boolean match =
        second < 0
            ? value.matches(fields.bytes(), fields.valueStart(first), fields.valueEnd(first))
            : matchesJoined(fields, first, second);
    return match == (wanted == Wanted.MATCH);
  }

  private boolean matchesJoined(Fields fields, int first, int second) {
    int length = fields.valueEnd(first) - fields.valueStart(first);
    for (int i = second; i >= 0; i = fields.indexOf(name, i + 1)) {
      length += 1 + fields.valueEnd(i) - fields.valueStart(i);
    }
    if (value instanceof ValueMatch.Literal literal && length < literal.text().length) {
      return false;
    }
    // Rare enough to be worth an array: the field is repeated and a route depends on it.
    byte[] joined = new byte[length];
    Arrays.fill(joined, (byte) ',');
    int at = 0;
    for (int i = first; i >= 0; i = fields.indexOf(name, i + 1)) {
      int size = fields.valueEnd(i) - fields.valueStart(i);
      System.arraycopy(fields.bytes(), fields.valueStart(i), joined, at, size);
      at += size + 1;
    }
    return value.matches(joined, 0, length);
  }

  /** A condition on whether there is a header of that name. */
  public record Presence(HeaderName name, Wanted wanted) implements Condition {
    @Override
    public boolean matches(RequestHead request) {
      return request.fields().contains(name) == (wanted == Wanted.MATCH);
    }
  }
}
