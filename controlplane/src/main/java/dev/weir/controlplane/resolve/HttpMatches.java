package dev.weir.controlplane.resolve;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.weir.controlplane.topology.RequestMatch;
import dev.weir.controlplane.topology.RequestMatch.PathMatch;
import dev.weir.controlplane.topology.RequestMatch.ValueMatch;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.api.gateway.ValueMatchType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The matches of an HTTPRoute rule. */
final class HttpMatches {
  private HttpMatches() {}

  /** The matches; the one for everything if there are none. */
  static List<RequestMatch> of(List<HttpRoute.Match> matches, RuleFindings findings) {
    if (matches.isEmpty()) {
      return List.of(RequestMatch.ALL);
    }
    List<RequestMatch> resolved = new ArrayList<>();
    for (int i = 0; i < matches.size(); i++) {
      HttpRoute.Match match = matches.get(i);
      String field = "matches[" + i + "]";
      resolved.add(
          new RequestMatch(
              path(match.path(), field + ".path.value", findings),
              match.method(),
              headers(match.headers(), field + ".headers", findings),
              queryParams(match.queryParams(), field + ".queryParams", findings)));
    }
    return resolved;
  }

  private static PathMatch path(HttpRoute.PathMatch path, String field, RuleFindings findings) {
    return switch (path.type()) {
      case EXACT -> new PathMatch.Exact(path.value());
      case PATH_PREFIX -> new PathMatch.Prefix(withoutSlashAtEnd(path.value()));
      case REGULAR_EXPRESSION -> {
        checkRegex(path.value(), field, findings);
        yield new PathMatch.Regex(path.value());
      }
    };
  }

  /** A slash at the end of a prefix says nothing: {@code /a/} is {@code /a}. */
  private static String withoutSlashAtEnd(String prefix) {
    return prefix.length() > 1 && prefix.endsWith("/")
        ? prefix.substring(0, prefix.length() - 1)
        : prefix;
  }

  private static List<ValueMatch> headers(
      List<HttpRoute.HeaderMatch> headers, String field, RuleFindings findings) {
    List<ValueMatch> resolved = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < headers.size(); i++) {
      HttpRoute.HeaderMatch header = headers.get(i);
      String name = header.name().toLowerCase(Locale.ROOT);
      // The API: of several for the same header only the first counts.
      if (names.add(name)) {
        resolved.add(
            value(header.type(), name, header.value(), field + "[" + i + "].value", findings));
      }
    }
    return resolved;
  }

  private static List<ValueMatch> queryParams(
      List<HttpRoute.QueryParamMatch> params, String field, RuleFindings findings) {
    List<ValueMatch> resolved = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < params.size(); i++) {
      HttpRoute.QueryParamMatch param = params.get(i);
      if (names.add(param.name())) {
        resolved.add(
            value(
                param.type(), param.name(), param.value(), field + "[" + i + "].value", findings));
      }
    }
    return resolved;
  }

  static ValueMatch value(
      ValueMatchType type, String name, String value, String field, RuleFindings findings) {
    return switch (type) {
      case EXACT -> new ValueMatch.Exact(name, value);
      case REGULAR_EXPRESSION -> {
        checkRegex(value, field, findings);
        yield new ValueMatch.Regex(name, value);
      }
    };
  }

  static void checkRegex(String regex, String field, RuleFindings findings) {
    try {
      Pattern ignored = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      findings.unsupported(field, "not a regular expression of RE2: " + e.getMessage());
    }
  }
}
