package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.RouteContent.Alternative;
import dev.weir.controlplane.topology.RequestMatch;
import dev.weir.controlplane.topology.RequestMatch.PathMatch;
import dev.weir.controlplane.topology.RequestMatch.ValueMatch;
import dev.weir.core.api.gateway.GrpcRoute;
import dev.weir.core.api.gateway.GrpcRoute.MethodMatch;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The matches of a GRPCRoute rule: a call of {@code method} of {@code service} is a request for
 * {@code /service/method}.
 */
final class GrpcMatches {
  private static final String ANY = "[^/]+";

  private GrpcMatches() {}

  /** The matches; the one for every call if there are none. */
  static List<Alternative> of(List<GrpcRoute.Match> matches) {
    return matches.isEmpty()
        ? List.of(new Alternative(RequestMatch.ALL, List.of(0, 0, 0)))
        : matches.stream().map(GrpcMatches::alternative).toList();
  }

  private static Alternative alternative(GrpcRoute.Match match) {
    MethodMatch method = match.method();
    List<ValueMatch> headers =
        Matching.values(
            match.headers(),
            header ->
                Matching.value(
                    header.type(), header.name().toLowerCase(Locale.ROOT), header.value()));
    PathMatch path = method == null ? new PathMatch.Prefix("/") : path(method);
    return new Alternative(
        new RequestMatch(path, null, headers, List.of()),
        List.of(
            method == null ? 0 : length(method.service()),
            method == null ? 0 : length(method.method()),
            headers.size()));
  }

  private static PathMatch path(MethodMatch match) {
    String service = match.service();
    String method = match.method();
    return switch (match.type()) {
      case EXACT -> {
        if (service == null) {
          yield new PathMatch.Regex("/" + ANY + "/" + (method == null ? ANY : method));
        }
        yield method == null
            ? new PathMatch.Prefix("/" + service)
            : new PathMatch.Exact("/" + service + "/" + method);
      }
      case REGULAR_EXPRESSION -> new PathMatch.Regex("/" + group(service) + "/" + group(method));
    };
  }

  private static String group(@Nullable String regex) {
    return regex == null || regex.isEmpty() ? ANY : "(?:" + regex + ")";
  }

  private static int length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }
}
