package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.RequestMatch;
import dev.weir.controlplane.topology.RequestMatch.PathMatch;
import dev.weir.controlplane.topology.RequestMatch.ValueMatch;
import dev.weir.envoy.config.route.v3.HeaderMatcher;
import dev.weir.envoy.config.route.v3.QueryParameterMatcher;
import dev.weir.envoy.config.route.v3.RouteMatch;
import dev.weir.envoy.type.matcher.v3.RegexMatcher;
import dev.weir.envoy.type.matcher.v3.StringMatcher;

/** What a request must have, as a RouteMatch. */
final class MatchTranslator {
  /** What most routes ask for, kept once for all. */
  private static final RouteMatch ALL = RouteMatch.newBuilder().setPrefix("/").build();

  private MatchTranslator() {}

  static RouteMatch translate(RequestMatch match) {
    if (match.equals(RequestMatch.ALL)) {
      return ALL;
    }
    RouteMatch.Builder out = RouteMatch.newBuilder();
    switch (match.path()) {
      case PathMatch.Exact(String path) -> out.setPath(path);
      case PathMatch.Prefix(String path) when path.equals("/") -> out.setPrefix(path);
      case PathMatch.Prefix(String path) -> out.setPathSeparatedPrefix(path);
      case PathMatch.Regex(String regex) -> out.setSafeRegex(regex(regex));
    }
    if (match.method() != null) {
      out.addHeaders(
          HeaderMatcher.newBuilder()
              .setName(":method")
              .setStringMatch(StringMatcher.newBuilder().setExact(match.method())));
    }
    for (ValueMatch header : match.headers()) {
      out.addHeaders(
          HeaderMatcher.newBuilder().setName(header.name()).setStringMatch(value(header)));
    }
    for (ValueMatch param : match.queryParams()) {
      out.addQueryParameters(
          QueryParameterMatcher.newBuilder().setName(param.name()).setStringMatch(value(param)));
    }
    return out.build();
  }

  private static StringMatcher value(ValueMatch match) {
    return switch (match) {
      case ValueMatch.Exact(String name, String value) ->
          StringMatcher.newBuilder().setExact(value).build();
      case ValueMatch.Regex(String name, String regex) ->
          StringMatcher.newBuilder().setSafeRegex(regex(regex)).build();
    };
  }

  private static RegexMatcher regex(String regex) {
    return RegexMatcher.newBuilder().setRegex(regex).build();
  }
}
