package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/** A field value that is a comma-separated list (RFC 9110, section 5.6.1). */
final class TokenList {
  private TokenList() {}

  /** Whether all elements of the value in slot {@code index} are of {@code lower}, in any case. */
  static boolean consistsOf(Fields fields, int index, Set<String> lower) {
    int start = fields.valueStart(index);
    String value =
        new String(
            fields.bytes(), start, fields.valueEnd(index) - start, StandardCharsets.ISO_8859_1);
    for (String element : value.split(",", -1)) {
      if (!lower.contains(element.strip().toLowerCase(Locale.ROOT))) {
        return false;
      }
    }
    return true;
  }

  /** Whether an element of the value in slot {@code index} is {@code lower}, in any case. */
  static boolean contains(Fields fields, int index, byte[] lower) {
    byte[] bytes = fields.bytes();
    int end = fields.valueEnd(index);
    int at = fields.valueStart(index);
    while (at < end) {
      int from = at;
      while (at < end && bytes[at] != ',') {
        at++;
      }
      int to = at;
      while (from < to && (bytes[from] == ' ' || bytes[from] == '\t')) {
        from++;
      }
      while (to > from && (bytes[to - 1] == ' ' || bytes[to - 1] == '\t')) {
        to--;
      }
      if (Bytes.equalsIgnoreCase(bytes, from, to, lower)) {
        return true;
      }
      at++;
    }
    return false;
  }
}
