package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.RouteContent.Alternative;
import dev.weir.controlplane.topology.RequestMatch;
import dev.weir.controlplane.topology.RequestMatch.PathMatch;
import dev.weir.core.api.gateway.HttpRoute;
import java.util.List;
import java.util.Locale;

/** The matches of an HTTPRoute rule. */
final class HttpMatches {
  /** What most rules ask for, kept once for all. */
  private static final Alternative ALL =
      new Alternative(RequestMatch.ALL, Precedence.rank(RequestMatch.ALL));

  private HttpMatches() {}

  /** The matches; the one for everything if there are none. */
  static List<Alternative> of(List<HttpRoute.Match> matches) {
    return matches.isEmpty()
        ? List.of(ALL)
        : matches.stream().map(match -> ranked(request(match))).toList();
  }

  private static RequestMatch request(HttpRoute.Match match) {
    return new RequestMatch(
        path(match.path()),
        match.method(),
        Matching.values(
            match.headers(),
            header ->
                Matching.value(
                    header.type(), header.name().toLowerCase(Locale.ROOT), header.value())),
        Matching.values(
            match.queryParams(),
            param -> Matching.value(param.type(), param.name(), param.value())));
  }

  private static PathMatch path(HttpRoute.PathMatch path) {
    return switch (path.type()) {
      case EXACT -> new PathMatch.Exact(path.value());
      case PATH_PREFIX -> new PathMatch.Prefix(withoutSlashAtEnd(path.value()));
      case REGULAR_EXPRESSION -> new PathMatch.Regex(path.value());
    };
  }

  /** A slash at the end of a prefix says nothing: {@code /a/} is {@code /a}. */
  private static String withoutSlashAtEnd(String prefix) {
    return prefix.length() > 1 && prefix.endsWith("/")
        ? prefix.substring(0, prefix.length() - 1)
        : prefix;
  }

  private static Alternative ranked(RequestMatch match) {
    return match.equals(ALL.match()) ? ALL : new Alternative(match, Precedence.rank(match));
  }
}
