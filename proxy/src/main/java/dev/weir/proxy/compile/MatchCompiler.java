package dev.weir.proxy.compile;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.http.HeaderName;
import dev.weir.envoy.config.route.v3.HeaderMatcher;
import dev.weir.envoy.config.route.v3.QueryParameterMatcher;
import dev.weir.envoy.config.route.v3.RouteMatch;
import dev.weir.envoy.type.matcher.v3.RegexMatcher;
import dev.weir.envoy.type.matcher.v3.StringMatcher;
import dev.weir.proxy.plan.Condition;
import dev.weir.proxy.plan.HeaderCondition;
import dev.weir.proxy.plan.HeaderCondition.Wanted;
import dev.weir.proxy.plan.PartCondition;
import dev.weir.proxy.plan.PartCondition.Part;
import dev.weir.proxy.plan.PathMatch;
import dev.weir.proxy.plan.QueryCondition;
import dev.weir.proxy.plan.ValueMatch;
import dev.weir.proxy.plan.ValueMatch.Case;
import dev.weir.proxy.plan.ValueMatch.Place;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Compiles what routes ask of requests. */
final class MatchCompiler {
  private MatchCompiler() {}

  static PathMatch path(RouteMatch match, FieldPath at) throws InvalidConfig {
    if (match.hasCaseSensitive() && !match.getCaseSensitive().getValue()) {
      throw at.field("case_sensitive").invalid("only true is implemented");
    }
    return switch (match.getPathSpecifierCase()) {
      case PATH -> new PathMatch.Exact(match.getPath());
      case PREFIX -> new PathMatch.Prefix(match.getPrefix());
      case PATH_SEPARATED_PREFIX -> {
        String prefix = match.getPathSeparatedPrefix();
        if (!prefix.startsWith("/")
            || prefix.endsWith("/")
            || prefix.indexOf('?') >= 0
            || prefix.indexOf('#') >= 0) {
          throw at.field("path_separated_prefix")
              .invalid("has to start with a slash, not to end with one, and to have no ? or #");
        }
        yield new PathMatch.SegmentPrefix(prefix);
      }
      case SAFE_REGEX -> new PathMatch.Regex(pattern(match.getSafeRegex(), at.field("safe_regex")));
      case PATHSPECIFIER_NOT_SET ->
          throw at.invalid("needs one of prefix, path, path_separated_prefix and safe_regex");
    };
  }

  /** All conditions of a match, in its order; the method first. */
  static List<Condition> conditions(RouteMatch match, FieldPath at) throws InvalidConfig {
    List<Condition> conditions = new ArrayList<>();
    for (int i = 0; i < match.getHeadersCount(); i++) {
      Condition condition = header(match.getHeaders(i), at.field("headers").at(i));
      if (condition instanceof PartCondition(Part part, ValueMatch _, Wanted _)
          && part == Part.METHOD) {
        conditions.addFirst(condition);
      } else {
        conditions.add(condition);
      }
    }
    for (int i = 0; i < match.getQueryParametersCount(); i++) {
      conditions.add(query(match.getQueryParameters(i), at.field("query_parameters").at(i)));
    }
    return conditions;
  }

  private static Condition header(HeaderMatcher header, FieldPath at) throws InvalidConfig {
    Wanted wanted = header.getInvertMatch() ? Wanted.NO_MATCH : Wanted.MATCH;
    // Envoy knows "host" and ":authority" as one.
    Part part =
        switch (header.getName().toLowerCase(Locale.ROOT)) {
          case ":method" -> Part.METHOD;
          case ":authority", "host" -> Part.AUTHORITY;
          case ":path" -> Part.TARGET;
          default -> null;
        };
    if (part != null) {
      if (!header.hasStringMatch()) {
        throw at.invalid("only string_match is implemented for " + header.getName());
      }
      return new PartCondition(
          part, value(header.getStringMatch(), at.field("string_match")), wanted);
    }
    HeaderName name = headerName(header.getName(), at.field("name"));
    return switch (header.getHeaderMatchSpecifierCase()) {
      case STRING_MATCH ->
          new HeaderCondition(
              name, value(header.getStringMatch(), at.field("string_match")), wanted);
      case PRESENT_MATCH ->
          new HeaderCondition.Presence(
              name,
              header.getPresentMatch() == header.getInvertMatch() ? Wanted.NO_MATCH : Wanted.MATCH);
      case HEADERMATCHSPECIFIER_NOT_SET -> new HeaderCondition.Presence(name, wanted);
    };
  }

  private static HeaderName headerName(String name, FieldPath at) throws InvalidConfig {
    try {
      return HeaderName.of(name);
    } catch (IllegalArgumentException e) {
      throw at.invalid(String.valueOf(e.getMessage()));
    }
  }

  private static Condition query(QueryParameterMatcher query, FieldPath at) throws InvalidConfig {
    if (query.getName().isEmpty()) {
      throw at.field("name").invalid("must not be empty");
    }
    byte[] name = query.getName().getBytes(StandardCharsets.UTF_8);
    return switch (query.getQueryParameterMatchSpecifierCase()) {
      case STRING_MATCH ->
          new QueryCondition(name, value(query.getStringMatch(), at.field("string_match")));
      case PRESENT_MATCH -> {
        Condition present = new QueryCondition(name, null);
        yield query.getPresentMatch() ? present : request -> !present.matches(request);
      }
      case QUERYPARAMETERMATCHSPECIFIER_NOT_SET -> new QueryCondition(name, null);
    };
  }

  static ValueMatch value(StringMatcher match, FieldPath at) throws InvalidConfig {
    Case letters = match.getIgnoreCase() ? Case.IGNORED : Case.SENSITIVE;
    return switch (match.getMatchPatternCase()) {
      case EXACT -> ValueMatch.literal(Place.WHOLE, match.getExact(), letters);
      case PREFIX -> ValueMatch.literal(Place.START, match.getPrefix(), letters);
      case SUFFIX -> ValueMatch.literal(Place.END, match.getSuffix(), letters);
      case CONTAINS -> ValueMatch.literal(Place.ANYWHERE, match.getContains(), letters);
      case SAFE_REGEX -> {
        if (match.getIgnoreCase()) {
          throw at.field("ignore_case")
              .invalid("has no effect on safe_regex; start the expression with (?i)");
        }
        yield new ValueMatch.Regex(pattern(match.getSafeRegex(), at.field("safe_regex")));
      }
      case MATCHPATTERN_NOT_SET ->
          throw at.invalid("needs one of exact, prefix, suffix, contains and safe_regex");
    };
  }

  static Pattern pattern(RegexMatcher regex, FieldPath at) throws InvalidConfig {
    if (regex.getRegex().isEmpty()) {
      throw at.field("regex").invalid("must not be empty");
    }
    try {
      return Pattern.compile(regex.getRegex());
    } catch (PatternSyntaxException e) {
      throw at.field("regex").invalid("is no valid RE2 expression: " + e.getMessage());
    }
  }
}
