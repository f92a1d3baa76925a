package dev.weir.features.cors;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.Token;
import java.nio.charset.StandardCharsets;

/** Tells caches what an answer depends on (RFC 9110, section 12.5.5). */
final class Vary {
  static final HeaderName NAME = HeaderName.of("vary");
  static final byte[] ORIGIN = ascii("origin");
  static final byte[] PREFLIGHT =
      ascii("origin, access-control-request-method, access-control-request-headers");

  private static final byte[] ANYTHING = ascii("*");

  private Vary() {}

  /** Adds a name, in lower case, that is not there yet. */
  static void add(Fields fields, byte[] name) {
    for (int i = fields.indexOf(NAME); i >= 0; i = fields.indexOf(NAME, i + 1)) {
      if (lists(fields, i, name) || lists(fields, i, ANYTHING)) {
        return;
      }
    }
    fields.add(NAME, name);
  }

  /** Whether the list in slot {@code index} has an element that is {@code name} in any case. */
  private static boolean lists(Fields fields, int index, byte[] name) {
    byte[] bytes = fields.bytes();
    int end = fields.valueEnd(index);
    int start = fields.valueStart(index);
    while (start < end) {
      int comma = start;
      while (comma < end && bytes[comma] != ',') {
        comma++;
      }
      if (equals(bytes, start, comma, name)) {
        return true;
      }
      start = comma + 1;
    }
    return false;
  }

  private static boolean equals(byte[] bytes, int from, int to, byte[] name) {
    int start = from;
    int end = to;
    while (start < end && isBlank(bytes[start])) {
      start++;
    }
    while (end > start && isBlank(bytes[end - 1])) {
      end--;
    }
    if (end - start != name.length) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      if (Token.lower(bytes[start + i]) != name[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
