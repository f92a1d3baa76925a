package dev.weir.features.headers;

import dev.weir.core.api.gateway.HttpRouteFilter.RequestHeaderModifier;
import dev.weir.core.api.gateway.HttpRouteFilter.ResponseHeaderModifier;
import dev.weir.core.filter.Feature;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.HttpFilterType.Levels;
import dev.weir.core.filter.Phase;
import dev.weir.core.filter.RouteFilter;
import dev.weir.envoy.extensions.filters.http.header_mutation.v3.HeaderMutation;
import dev.weir.envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute;
import dev.weir.envoy.extensions.filters.http.header_mutation.v3.Mutations;
import java.util.List;

/** {@code RequestHeaderModifier} and {@code ResponseHeaderModifier}; see {@code headers.md}. */
public final class HeadersFeature implements Feature {
  static final String FILTER = "envoy.filters.http.header_mutation";

  @Override
  public String name() {
    return "headers";
  }

  @Override
  public List<RouteFilter<?>> routeFilters() {
    return List.of(
        new HeadersTranslation<>(
            "RequestHeaderModifier",
            RequestHeaderModifier.class,
            RequestHeaderModifier::headers,
            Mutations.Builder::addAllRequestMutations),
        new HeadersTranslation<>(
            "ResponseHeaderModifier",
            ResponseHeaderModifier.class,
            ResponseHeaderModifier::headers,
            Mutations.Builder::addAllResponseMutations));
  }

  @Override
  public List<HttpFilterType<?, ?>> httpFilters() {
    return List.of(
        new HttpFilterType<>(
            FILTER,
            Phase.TRANSFORM,
            HeaderMutation.newBuilder().setMostSpecificHeaderMutationsWins(true).build(),
            HeaderMutationPerRoute.getDefaultInstance(),
            List.of(),
            listener ->
                listener.getMostSpecificHeaderMutationsWins()
                    ? Levels.SPECIFIC_LAST
                    : Levels.SPECIFIC_FIRST,
            HeadersCompiler::compile));
  }

  @Override
  public List<String> supportedFeatures() {
    return List.of(
        "HTTPRouteBackendRequestHeaderModification", "HTTPRouteResponseHeaderModification");
  }
}
