package dev.weir.features.extauth;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.http.HeaderName;
import dev.weir.envoy.type.matcher.v3.ListStringMatcher;
import dev.weir.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** A choice of headers by name. Names are compared in lower case, as Envoy holds them. */
record NameMatch(Set<String> names, List<Predicate<String>> patterns) {
  static final NameMatch NONE = new NameMatch(Set.of(), List.of());

  NameMatch {
    names = Set.copyOf(names);
    patterns = List.copyOf(patterns);
  }

  static NameMatch of(ListStringMatcher matcher, String path) throws InvalidConfig {
    Set<String> names = new LinkedHashSet<>();
    List<Predicate<String>> patterns = new ArrayList<>();
    for (int i = 0; i < matcher.getPatternsCount(); i++) {
      StringMatcher pattern = matcher.getPatterns(i);
      String here = path + ".patterns[" + i + "]";
      boolean anyCase = pattern.getIgnoreCase();
      switch (pattern.getMatchPatternCase()) {
        case EXACT -> {
          String name = lower(pattern.getExact(), anyCase);
          try {
            names.add(HeaderName.of(name).toString());
          } catch (IllegalArgumentException notAToken) {
            throw new InvalidConfig(here + ".exact", String.valueOf(notAToken.getMessage()));
          }
        }
        case PREFIX -> {
          String prefix = lower(pattern.getPrefix(), anyCase);
          patterns.add(name -> name.startsWith(prefix));
        }
        case SUFFIX -> {
          String suffix = lower(pattern.getSuffix(), anyCase);
          patterns.add(name -> name.endsWith(suffix));
        }
        case CONTAINS -> {
          String part = lower(pattern.getContains(), anyCase);
          patterns.add(name -> name.contains(part));
        }
        case SAFE_REGEX -> {
          Pattern regex = regex(pattern.getSafeRegex().getRegex(), here + ".safe_regex.regex");
          patterns.add(name -> regex.matcher(name).matches());
        }
        case MATCHPATTERN_NOT_SET ->
            throw new InvalidConfig(
                here, "needs one of exact, prefix, suffix, contains and safe_regex");
      }
    }
    return new NameMatch(names, patterns);
  }

  static Pattern regex(String regex, String path) throws InvalidConfig {
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new InvalidConfig(path, "is no valid RE2 expression: " + e.getDescription());
    }
  }

  private static String lower(String text, boolean anyCase) {
    return anyCase ? text.toLowerCase(Locale.ROOT) : text;
  }

  /** Whether it holds for a name in lower case. */
  boolean matches(String name) {
    if (names.contains(name)) {
      return true;
    }
    for (int i = 0; i < patterns.size(); i++) {
      if (patterns.get(i).test(name)) {
        return true;
      }
    }
    return false;
  }
}
