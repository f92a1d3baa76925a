package dev.weir.features.rewrite;

import dev.weir.core.api.gateway.HttpRouteFilter.UrlRewrite;
import dev.weir.core.api.gateway.PathModifier.ReplaceFullPath;
import dev.weir.core.api.gateway.PathModifier.ReplacePrefixMatch;
import dev.weir.core.filter.PrefixRewrite;
import dev.weir.core.filter.RouteFilter;
import dev.weir.envoy.config.route.v3.RouteAction;
import org.jspecify.annotations.Nullable;

/** A rewrite as fields of Envoy's RouteAction. */
final class RewriteTranslation implements RouteFilter.OfAction<UrlRewrite> {
  @Override
  public String type() {
    return "URLRewrite";
  }

  @Override
  public Class<UrlRewrite> spec() {
    return UrlRewrite.class;
  }

  @Override
  public @Nullable String refusal(UrlRewrite rewrite) {
    return switch (rewrite.path()) {
      case null -> null;
      case ReplaceFullPath(String path) -> PrefixRewrite.refusal(path);
      case ReplacePrefixMatch(String prefix) -> PrefixRewrite.refusal(prefix);
    };
  }

  @Override
  public void rule(UrlRewrite rewrite, RuleXds out) {
    if (!out.route().hasRoute()) {
      return; // answered by the gateway itself: there is no request to a backend
    }
    RouteAction.Builder action = out.route().getRouteBuilder();
    if (rewrite.hostname() != null) {
      action.setHostRewriteLiteral(rewrite.hostname());
    }
    if (rewrite.path() != null) {
      // That of the rule, where this is the filter of a backend.
      action.clearPrefixRewrite().clearRegexRewrite();
    }
    switch (rewrite.path()) {
      case null -> {}
      case ReplaceFullPath full -> action.setRegexRewrite(PrefixRewrite.full(full.path()));
      case ReplacePrefixMatch prefix -> {
        switch (PrefixRewrite.of(out.matchedPrefix(), prefix.prefix())) {
          case PrefixRewrite.Unchanged() -> {}
          case PrefixRewrite.Prefix(var replacement) -> action.setPrefixRewrite(replacement);
          case PrefixRewrite.Regex(var regex) -> action.setRegexRewrite(regex);
        }
      }
    }
  }
}
