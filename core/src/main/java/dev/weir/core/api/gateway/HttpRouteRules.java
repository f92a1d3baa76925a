package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.HttpRoute.PathMatch;
import dev.weir.core.api.gateway.HttpRoute.PathMatchType;
import dev.weir.core.api.gateway.HttpRoute.Rule;
import dev.weir.core.api.gateway.HttpRouteFilter.Cors;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestHeaderModifier;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestRedirect;
import dev.weir.core.api.gateway.HttpRouteFilter.ResponseHeaderModifier;
import dev.weir.core.api.gateway.HttpRouteFilter.UrlRewrite;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import java.util.regex.Pattern;

/** Rules of HTTPRoute that concern several fields. */
final class HttpRouteRules {
  private static final Pattern PATH =
      Pattern.compile("(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+");
  private static final List<String> NEVER_IN_PATH = List.of("//", "/./", "/../", "%2f", "%2F", "#");

  private HttpRouteRules() {}

  static void check(PathMatch match, Violations violations) {
    String path = match.value();
    if (match.type() == PathMatchType.REGULAR_EXPRESSION) {
      return;
    }
    if (!path.startsWith("/")) {
      violations.add("value", "must begin with '/'");
      return;
    }
    for (String part : NEVER_IN_PATH) {
      if (path.contains(part)) {
        violations.add("value", "must not contain '" + part + "': paths are matched normalised");
        return;
      }
    }
    if (path.endsWith("/..") || path.endsWith("/.")) {
      violations.add("value", "must not end with '/.' or '/..': paths are matched normalised");
    } else if (!PATH.matcher(path).matches()) {
      violations.add("value", "holds characters that a path cannot have: percent-encode them");
    }
  }

  /** The rules of one list of filters, at {@code filters}. */
  static void check(List<HttpRouteFilter> filters, Violations violations) {
    RouteRules.checkOnce(filters, Cors.class, "CORS", violations);
    RouteRules.checkOnce(filters, RequestHeaderModifier.class, "RequestHeaderModifier", violations);
    RouteRules.checkOnce(
        filters, ResponseHeaderModifier.class, "ResponseHeaderModifier", violations);
    RouteRules.checkOnce(filters, RequestRedirect.class, "RequestRedirect", violations);
    RouteRules.checkOnce(filters, UrlRewrite.class, "URLRewrite", violations);
    if (filters.stream().anyMatch(RequestRedirect.class::isInstance)
        && filters.stream().anyMatch(UrlRewrite.class::isInstance)) {
      violations.add("filters", "RequestRedirect and URLRewrite exclude each other");
    }
  }

  static void check(Rule rule, Violations violations) {
    check(rule.filters(), violations);
    if (!rule.backendRefs().isEmpty()
        && rule.filters().stream().anyMatch(RequestRedirect.class::isInstance)) {
      violations.add("backendRefs", "never reached: the rule redirects. Remove one of both");
    }
    checkPrefix("filters", rule.filters(), rule, violations);
    for (int i = 0; i < rule.backendRefs().size(); i++) {
      checkPrefix(
          "backendRefs[" + i + "].filters", rule.backendRefs().get(i).filters(), rule, violations);
    }
  }

  /** Replacing the matched prefix needs exactly one prefix. */
  private static void checkPrefix(
      String path, List<HttpRouteFilter> filters, Rule rule, Violations violations) {
    if (rule.matches().size() == 1
        && rule.matches().getFirst().path().type() == PathMatchType.PATH_PREFIX) {
      return;
    }
    for (int i = 0; i < filters.size(); i++) {
      String field =
          switch (filters.get(i)) {
            case RequestRedirect redirect
                when redirect.path() instanceof PathModifier.ReplacePrefixMatch ->
                "requestRedirect";
            case UrlRewrite rewrite
                when rewrite.path() instanceof PathModifier.ReplacePrefixMatch ->
                "urlRewrite";
            default -> "";
          };
      if (!field.isEmpty()) {
        violations.add(
            path + "[" + i + "]." + field + ".path",
            "ReplacePrefixMatch needs a rule with exactly one match, of type PathPrefix");
      }
    }
  }
}
