package dev.weir.features.extauth;

import dev.weir.core.filter.Feature;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.Phase;
import dev.weir.core.filter.RouteFilter;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute;
import java.util.List;

/** {@code ExternalAuth}; see {@code extauth.md}. */
public final class ExternalAuthFeature implements Feature {
  static final String FILTER = "envoy.filters.http.ext_authz";

  @Override
  public String name() {
    return "extauth";
  }

  @Override
  public List<RouteFilter<?>> routeFilters() {
    return List.of(new ExternalAuthTranslation());
  }

  @Override
  public List<HttpFilterType<?, ?>> httpFilters() {
    return List.of(
        new HttpFilterType<>(
            FILTER,
            Phase.AUTHENTICATE,
            ExtAuthz.getDefaultInstance(),
            ExtAuthzPerRoute.getDefaultInstance(),
            ExternalAuthCompiler::compile));
  }

  @Override
  public List<String> supportedFeatures() {
    return List.of(
        "HTTPRouteExternalAuthForwardBody",
        "HTTPRouteExternalAuthGRPC",
        "HTTPRouteExternalAuthHTTP");
  }
}
