package dev.weir.core.filter;

import dev.weir.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import dev.weir.envoy.type.matcher.v3.RegexMatcher;
import org.jspecify.annotations.Nullable;

/**
 * How Envoy is told to replace the path prefix that a route matched. The Gateway API counts path
 * elements and leaves no double and no missing slash; Envoy replaces characters, so its plain
 * prefix rewrite is not enough where prefix or replacement is {@code /}.
 */
public sealed interface PrefixRewrite {
  /** The path stays as it is. */
  record Unchanged() implements PrefixRewrite {}

  /** For the field {@code prefix_rewrite}. */
  record Prefix(String replacement) implements PrefixRewrite {}

  /** For the field {@code regex_rewrite}. */
  record Regex(RegexMatchAndSubstitute rewrite) implements PrefixRewrite {}

  /**
   * The rewrite of {@code prefix} to {@code replacement} (Gateway API, {@code replacePrefixMatch}).
   *
   * @param prefix the matched prefix, without a slash at its end unless it is {@code /} itself
   * @param replacement as in the API; may be empty, and slashes at its end do not count
   */
  static PrefixRewrite of(String prefix, String replacement) {
    String elements = withoutSlashesAtEnd(withSlash(replacement));
    if (prefix.equals("/")) {
      return elements.isEmpty() ? new Unchanged() : new Prefix(elements + "/");
    }
    if (!elements.isEmpty()) {
      return new Prefix(elements);
    }
    // "/foo" and "/foo/" both become "/", "/foo/bar" becomes "/bar".
    return new Regex(regex("^" + quoted(prefix) + "/?", "/"));
  }

  /** The rewrite of any path to {@code path}. */
  static RegexMatchAndSubstitute full(String path) {
    return regex("^/.*$", withSlash(path).replace("\\", "\\\\"));
  }

  /**
   * Why {@code path} cannot take the place of a path or of its prefix, or null if it can. What is
   * not a path would end up in the request line or in the location, as more than a path.
   */
  static @Nullable String refusal(String path) {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c <= ' ' || c > '~' || c == '?' || c == '#') {
        return "\"%s\" is not a path: character %d has to be percent-encoded or removed"
            .formatted(path, i + 1);
      }
    }
    return null;
  }

  /** The path with a slash in front. */
  static String withSlash(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }

  private static String withoutSlashesAtEnd(String path) {
    int end = path.length();
    while (end > 0 && path.charAt(end - 1) == '/') {
      end--;
    }
    return path.substring(0, end);
  }

  private static String quoted(String text) {
    return text.replaceAll("[\\\\.+*?()|\\[\\]{}^$]", "\\\\$0");
  }

  private static RegexMatchAndSubstitute regex(String pattern, String substitution) {
    return RegexMatchAndSubstitute.newBuilder()
        .setPattern(RegexMatcher.newBuilder().setRegex(pattern))
        .setSubstitution(substitution)
        .build();
  }
}
