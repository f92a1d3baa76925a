package dev.weir.features.redirect;

import dev.weir.core.filter.Feature;
import dev.weir.core.filter.RouteFilter;
import java.util.List;

/** {@code RequestRedirect}; see {@code redirect.md}. */
public final class RedirectFeature implements Feature {
  @Override
  public String name() {
    return "redirect";
  }

  @Override
  public List<RouteFilter<?>> routeFilters() {
    return List.of(new RedirectTranslation());
  }

  @Override
  public List<String> supportedFeatures() {
    return List.of(
        "HTTPRoute303RedirectStatusCode",
        "HTTPRoute307RedirectStatusCode",
        "HTTPRoute308RedirectStatusCode",
        "HTTPRouteBackendRequestRedirect",
        "HTTPRoutePathRedirect",
        "HTTPRoutePortRedirect",
        "HTTPRouteSchemeRedirect");
  }
}
