package dev.weir.features.mirror;

import dev.weir.core.filter.Feature;
import dev.weir.core.filter.RouteFilter;
import java.util.List;

/** {@code RequestMirror}; see {@code mirror.md}. */
public final class MirrorFeature implements Feature {
  @Override
  public String name() {
    return "mirror";
  }

  @Override
  public List<RouteFilter<?>> routeFilters() {
    return List.of(new MirrorTranslation());
  }

  @Override
  public List<String> supportedFeatures() {
    return List.of(
        "HTTPRouteRequestMirror",
        "HTTPRouteRequestMultipleMirrors",
        "HTTPRouteRequestPercentageMirror");
  }
}
