package dev.weir.proxy.http.h1;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a request head as the grammar of RFC 9112 writes it, with regular expressions. */
final class NaiveScanner {
  private static final String TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
  private static final Pattern REQUEST_LINE =
      Pattern.compile("(" + TOKEN + ") ([\\x21-\\x7e]+) HTTP/1\\.([01])");
  private static final Pattern FIELD =
      Pattern.compile("(" + TOKEN + "):[ \\t]*+([\\t\\x20-\\x7e\\x80-\\xff]*)");

  private NaiveScanner() {}

  /**
   * A head.
   *
   * @param length bytes up to and with the empty line
   */
  record Head(String method, String target, List<String> fields, int length) {}

  /** The head at the start of {@code text}, or null if there is no valid and complete one. */
  static @Nullable Head scan(String text) {
    int start = text.startsWith("\r\n") ? 2 : 0;
    int end = text.indexOf("\r\n\r\n", start);
    if (end < 0) {
      return null;
    }
    String[] lines = text.substring(start, end).split("\r\n", -1);
    Matcher first = REQUEST_LINE.matcher(lines[0]);
    if (!first.matches()) {
      return null;
    }
    List<String> fields = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      Matcher field = FIELD.matcher(lines[i]);
      if (!field.matches()) {
        return null;
      }
      String value = field.group(2);
      while (value.endsWith(" ") || value.endsWith("\t")) {
        value = value.substring(0, value.length() - 1);
      }
      fields.add(field.group(1) + ": " + value);
    }
    return new Head(first.group(1), first.group(2), fields, end + 4);
  }
}
