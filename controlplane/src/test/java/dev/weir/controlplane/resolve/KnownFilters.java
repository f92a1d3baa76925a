package dev.weir.controlplane.resolve;

import dev.weir.core.api.gateway.HttpRouteFilter.Cors;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestHeaderModifier;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestMirror;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestRedirect;
import dev.weir.core.api.gateway.HttpRouteFilter.ResponseHeaderModifier;
import dev.weir.core.api.gateway.HttpRouteFilter.UrlRewrite;
import dev.weir.core.filter.Feature;
import dev.weir.core.filter.RouteFilter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Route filters that exist for the tests of resolve: they write nothing. */
final class KnownFilters implements Feature {
  @Override
  public String name() {
    return "known-filters";
  }

  @Override
  public List<RouteFilter<?>> routeFilters() {
    return List.of(
        new Headers(),
        new Silent<>("RequestRedirect", RequestRedirect.class),
        new Silent<>("RequestMirror", RequestMirror.class));
  }

  /** Those and all others of the API that need nothing special, on rules and on backends. */
  List<RouteFilter<?>> all() {
    return List.of(
        new Headers(),
        new SilentOnBackends<>("ResponseHeaderModifier", ResponseHeaderModifier.class),
        new SilentOnBackends<>("RequestRedirect", RequestRedirect.class),
        new SilentOnBackends<>("URLRewrite", UrlRewrite.class),
        new Silent<>("CORS", Cors.class),
        new Silent<>("RequestMirror", RequestMirror.class));
  }

  private record SilentOnBackends<S extends Record>(String type, Class<S> spec)
      implements RouteFilter.ForBackends<S> {
    @Override
    public void rule(S spec, RuleXds out) {}

    @Override
    public void backend(S spec, FilterXds out) {}
  }

  private record Silent<S extends Record>(String type, Class<S> spec) implements RouteFilter<S> {
    @Override
    public void rule(S spec, RuleXds out) {}
  }

  /** Refuses to touch Host, and can be given to single backends. */
  private static final class Headers implements RouteFilter.ForBackends<RequestHeaderModifier> {
    @Override
    public String type() {
      return "RequestHeaderModifier";
    }

    @Override
    public Class<RequestHeaderModifier> spec() {
      return RequestHeaderModifier.class;
    }

    @Override
    public @Nullable String refusal(RequestHeaderModifier spec) {
      return spec.headers().remove().contains("host") ? "host cannot be removed" : null;
    }

    @Override
    public void rule(RequestHeaderModifier spec, RuleXds out) {}

    @Override
    public void backend(RequestHeaderModifier spec, FilterXds out) {}
  }
}
