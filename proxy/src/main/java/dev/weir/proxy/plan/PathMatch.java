package dev.weir.proxy.plan;

import com.google.re2j.Pattern;

/** What a route asks of the path, which is taken without its query (Envoy: RouteMatch). */
public sealed interface PathMatch {
  /** The path is this one. */
  record Exact(String path) implements PathMatch {}

  /** The path starts with these characters. */
  record Prefix(String prefix) implements PathMatch {}

  /**
   * The path starts with these segments: after them it ends or goes on with a slash.
   *
   * @param prefix without a slash at its end
   */
  record SegmentPrefix(String prefix) implements PathMatch {}

  /** The whole path matches. */
  record Regex(Pattern pattern) implements PathMatch {
    private static final String ENDS_LITERAL = ".[]()*+?{}^$";

    /**
     * Characters that every matching path starts with, so that expressions are found by prefix like
     * all other routes; may be shorter than possible.
     */
    public String literalPrefix() {
      String regex = pattern.pattern();
      if (pattern.flags() != 0 || regex.contains("\\Q") || hasTopLevelAlternatives(regex)) {
        return "";
      }
      StringBuilder prefix = new StringBuilder();
      int at = regex.startsWith("^") ? 1 : 0;
      while (at < regex.length()) {
        char c = regex.charAt(at);
        int next = at + 1;
        if (c == '\\') {
          if (next == regex.length() || Character.isLetterOrDigit(regex.charAt(next))) {
            break;
          }
          c = regex.charAt(next++);
        } else if (ENDS_LITERAL.indexOf(c) >= 0) {
          break;
        }
        // A character that may be absent or repeated is not certain.
        if (c > 127 || (next < regex.length() && "*?{+".indexOf(regex.charAt(next)) >= 0)) {
          break;
        }
        prefix.append(c);
        at = next;
      }
      return prefix.toString();
    }

    private static boolean hasTopLevelAlternatives(String regex) {
      int depth = 0;
      for (int i = 0; i < regex.length(); i++) {
        switch (regex.charAt(i)) {
          case '\\' -> i++;
          case '[' -> i = endOfClass(regex, i);
          case '(' -> depth++;
          case ')' -> depth--;
          case '|' -> {
            if (depth == 0) {
              return true;
            }
          }
          default -> {}
        }
      }
      return false;
    }

    /** Index of the bracket that closes the character class that opens at {@code open}. */
    private static int endOfClass(String regex, int open) {
      int at = regex.startsWith("[^", open) ? open + 2 : open + 1;
      // A bracket in the first place stands for itself.
      for (int first = at; at < regex.length(); at++) {
        if (regex.charAt(at) == '\\') {
          at++;
        } else if (regex.startsWith("[:", at) && regex.indexOf(":]", at) > 0) {
          at = regex.indexOf(":]", at) + 1;
        } else if (regex.charAt(at) == ']' && at > first) {
          break;
        }
      }
      return at;
    }
  }
}
