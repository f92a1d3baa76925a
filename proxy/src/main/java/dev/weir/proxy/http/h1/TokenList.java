package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;

/** A field value that is a comma-separated list (RFC 9110, section 5.6.1). */
final class TokenList {
  private TokenList() {}

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
