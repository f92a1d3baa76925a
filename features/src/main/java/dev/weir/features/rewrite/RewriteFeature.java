package dev.weir.features.rewrite;

import dev.weir.core.filter.Feature;
import dev.weir.core.filter.RouteFilter;
import java.util.List;

/** {@code URLRewrite}; see {@code rewrite.md}. */
public final class RewriteFeature implements Feature {
  @Override
  public String name() {
    return "rewrite";
  }

  @Override
  public List<RouteFilter<?>> routeFilters() {
    return List.of(new RewriteTranslation());
  }

  @Override
  public List<String> supportedFeatures() {
    return List.of("HTTPRouteBackendURLRewrite", "HTTPRouteHostRewrite", "HTTPRoutePathRewrite");
  }
}
