package dev.weir.features.redirect;

import dev.weir.core.api.gateway.HttpRouteFilter.RequestRedirect;
import dev.weir.core.api.gateway.PathModifier.ReplaceFullPath;
import dev.weir.core.api.gateway.PathModifier.ReplacePrefixMatch;
import dev.weir.core.filter.PrefixRewrite;
import dev.weir.core.filter.RouteFilter;
import dev.weir.envoy.config.route.v3.RedirectAction;
import dev.weir.envoy.config.route.v3.RedirectAction.RedirectResponseCode;
import org.jspecify.annotations.Nullable;

/** A redirect as Envoy's RedirectAction, in the place of the route's clusters. */
final class RedirectTranslation implements RouteFilter.OfAction<RequestRedirect> {
  @Override
  public String type() {
    return "RequestRedirect";
  }

  @Override
  public Class<RequestRedirect> spec() {
    return RequestRedirect.class;
  }

  @Override
  public @Nullable String refusal(RequestRedirect redirect) {
    return switch (redirect.path()) {
      case null -> null;
      case ReplaceFullPath(String path) -> PrefixRewrite.refusal(path);
      case ReplacePrefixMatch(String prefix) -> PrefixRewrite.refusal(prefix);
    };
  }

  @Override
  public void rule(RequestRedirect redirect, RuleXds out) {
    RedirectAction.Builder action = out.route().getRedirectBuilder();
    action.setResponseCode(code(redirect.statusCode()));
    if (redirect.scheme() != null) {
      action.setSchemeRedirect(redirect.scheme());
    }
    if (redirect.hostname() != null) {
      action.setHostRedirect(redirect.hostname());
    }
    action.setPortRedirect(port(redirect, out));
    switch (redirect.path()) {
      case null -> {}
      case ReplaceFullPath full -> action.setPathRedirect(PrefixRewrite.withSlash(full.path()));
      case ReplacePrefixMatch prefix -> {
        switch (PrefixRewrite.of(out.matchedPrefix(), prefix.prefix())) {
          case PrefixRewrite.Unchanged() -> {}
          case PrefixRewrite.Prefix(var replacement) -> action.setPrefixRewrite(replacement);
          case PrefixRewrite.Regex(var rewrite) -> action.setRegexRewrite(rewrite);
        }
      }
    }
  }

  /**
   * The port of the new location: that of the filter; else, with a scheme, that of the scheme; else
   * that of the listener. Always said, because without it Envoy takes the port of the request.
   */
  private static int port(RequestRedirect redirect, RuleXds out) {
    if (redirect.port() != null) {
      return redirect.port();
    }
    if (redirect.scheme() != null) {
      return redirect.scheme().equals("https") ? 443 : 80;
    }
    return out.listenerPort();
  }

  private static RedirectResponseCode code(int status) {
    return switch (status) {
      case 301 -> RedirectResponseCode.MOVED_PERMANENTLY;
      case 302 -> RedirectResponseCode.FOUND;
      case 303 -> RedirectResponseCode.SEE_OTHER;
      case 307 -> RedirectResponseCode.TEMPORARY_REDIRECT;
      case 308 -> RedirectResponseCode.PERMANENT_REDIRECT;
      default -> throw new IllegalArgumentException("the decoder lets no status " + status + " in");
    };
  }
}
