package dev.weir.features.cors;

import dev.weir.core.filter.Feature;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.Phase;
import dev.weir.core.filter.RouteFilter;
import dev.weir.envoy.extensions.filters.http.cors.v3.Cors;
import dev.weir.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import java.util.List;

/** {@code CORS}; see {@code cors.md}. */
public final class CorsFeature implements Feature {
  static final String FILTER = "envoy.filters.http.cors";

  @Override
  public String name() {
    return "cors";
  }

  @Override
  public List<RouteFilter<?>> routeFilters() {
    return List.of(new CorsTranslation());
  }

  @Override
  public List<HttpFilterType<?, ?>> httpFilters() {
    return List.of(
        new HttpFilterType<>(
            FILTER,
            Phase.CORS,
            Cors.getDefaultInstance(),
            CorsPolicy.getDefaultInstance(),
            CorsCompiler::compile));
  }

  @Override
  public List<String> supportedFeatures() {
    return List.of("HTTPRouteCORS");
  }
}
