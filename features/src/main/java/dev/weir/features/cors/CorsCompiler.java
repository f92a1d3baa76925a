package dev.weir.features.cors;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.http.Token;
import dev.weir.envoy.extensions.filters.http.cors.v3.Cors;
import dev.weir.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import dev.weir.envoy.type.matcher.v3.StringMatcher;
import dev.weir.features.cors.CorsRules.Listed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Makes a {@link CorsFilter} of Envoy's CorsPolicy. */
final class CorsCompiler {
  private CorsCompiler() {}

  /** The filter, or null where no policy is. */
  static @Nullable CompiledFilter compile(Cors listener, CorsPolicy policy) throws InvalidConfig {
    if (policy.equals(CorsPolicy.getDefaultInstance())) {
      return null;
    }
    boolean any = false;
    List<Predicate<String>> origins = new ArrayList<>();
    for (int i = 0; i < policy.getAllowOriginStringMatchCount(); i++) {
      StringMatcher matcher = policy.getAllowOriginStringMatch(i);
      any |= matcher.getExact().equals("*");
      origins.add(origin("allow_origin_string_match[" + i + "]", matcher));
    }
    CorsRules rules =
        new CorsRules(
            any,
            origins,
            listed("allow_methods", policy.getAllowMethods()),
            listed("allow_headers", policy.getAllowHeaders()),
            listed("expose_headers", policy.getExposeHeaders()),
            value("max_age", policy.getMaxAge()),
            policy.getAllowCredentials().getValue(),
            !policy.hasForwardNotMatchingPreflights()
                || policy.getForwardNotMatchingPreflights().getValue());
    return exchange -> new CorsFilter(rules);
  }

  private static Predicate<String> origin(String path, StringMatcher matcher) throws InvalidConfig {
    boolean anyCase = matcher.getIgnoreCase();
    return switch (matcher.getMatchPatternCase()) {
      case EXACT -> compare(matcher.getExact(), anyCase, String::equals);
      case PREFIX -> compare(matcher.getPrefix(), anyCase, String::startsWith);
      case SUFFIX -> compare(matcher.getSuffix(), anyCase, String::endsWith);
      case CONTAINS -> compare(matcher.getContains(), anyCase, String::contains);
      case SAFE_REGEX -> {
        if (anyCase) {
          throw new InvalidConfig(path + ".ignore_case", "has no effect on safe_regex");
        }
        Pattern pattern = pattern(path + ".safe_regex.regex", matcher.getSafeRegex().getRegex());
        yield origin -> pattern.matcher(origin).matches();
      }
      case MATCHPATTERN_NOT_SET ->
          throw new InvalidConfig(path, "needs exact, prefix, suffix, contains or safe_regex");
    };
  }

  /** How two texts are compared. */
  @FunctionalInterface
  private interface Comparison {
    boolean holds(String origin, String configured);
  }

  private static Predicate<String> compare(String text, boolean anyCase, Comparison comparison) {
    if (!anyCase) {
      return origin -> comparison.holds(origin, text);
    }
    String lower = text.toLowerCase(Locale.ROOT);
    return origin -> comparison.holds(origin.toLowerCase(Locale.ROOT), lower);
  }

  private static Pattern pattern(String path, String regex) throws InvalidConfig {
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new InvalidConfig(path, "is no valid RE2 expression: " + e.getMessage());
    }
  }

  private static Listed listed(String path, String names) throws InvalidConfig {
    return switch (names.strip()) {
      case "" -> Listed.NOTHING;
      case "*" -> Listed.EVERYTHING;
      default -> new Listed(false, value(path, names));
    };
  }

  private static byte[] value(String path, String text) throws InvalidConfig {
    byte[] value = text.strip().getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < value.length; i++) {
      if (!Token.isFieldValueChar(value[i])) {
        throw new InvalidConfig(path, "has a control character at position " + i);
      }
    }
    return value;
  }
}
