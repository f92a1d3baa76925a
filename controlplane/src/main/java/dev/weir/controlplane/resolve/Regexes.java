package dev.weir.controlplane.resolve;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.weir.controlplane.topology.RequestMatch;
import dev.weir.controlplane.topology.RequestMatch.PathMatch;
import dev.weir.controlplane.topology.RequestMatch.ValueMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tries the regular expressions of matches. */
final class Regexes {
  private Regexes() {}

  /** What is wrong with one of a match, or null if all are good. */
  static @Nullable String flaw(RequestMatch match) {
    List<String> regexes = new ArrayList<>();
    if (match.path() instanceof PathMatch.Regex path) {
      regexes.add(path.regex());
    }
    Stream.concat(match.headers().stream(), match.queryParams().stream())
        .forEach(value -> {
          if (value instanceof ValueMatch.Regex regex) {
            regexes.add(regex.regex());
          }
        });
    for (String regex : regexes) {
      try {
        Pattern ignored = Pattern.compile(regex);
      } catch (PatternSyntaxException e) {
        return "%s is not a regular expression of RE2: %s".formatted(regex, e.getDescription());
      }
    }
    return null;
  }
}
