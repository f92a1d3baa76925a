package dev.weir.controlplane.translate;

import dev.weir.core.filter.Feature;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.Phase;
import dev.weir.core.filter.RouteFilter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The filters that the features bring, by what the translators ask for. */
final class FilterCatalog {
  private final Map<Class<?>, RouteFilter<?>> routeFilters = new HashMap<>();
  private final List<HttpFilterType<?, ?>> chain;

  /**
   * The filters of all features.
   *
   * @throws IllegalArgumentException if two features implement the same filter
   */
  FilterCatalog(List<Feature> features) {
    for (Feature feature : features) {
      for (RouteFilter<?> filter : feature.routeFilters()) {
        if (routeFilters.put(filter.spec(), filter) != null) {
          throw new IllegalArgumentException(
              "the feature " + feature.name() + " implements " + filter.type() + " again");
        }
      }
    }
    chain =
        features.stream()
            .flatMap(feature -> feature.httpFilters().stream())
            .sorted(
                Comparator.<HttpFilterType<?, ?>, Phase>comparing(HttpFilterType::phase)
                    .thenComparing(HttpFilterType::name))
            .toList();
  }

  /** All HTTP filters in the order in which requests pass them. */
  List<HttpFilterType<?, ?>> chain() {
    return chain;
  }

  /** The implementation for a spec of that class, or null. */
  @SuppressWarnings("unchecked") // the map is keyed by the class of S
  <S extends Record> @Nullable RouteFilter<S> routeFilter(S spec) {
    return (RouteFilter<S>) routeFilters.get(spec.getClass());
  }

  /** The implementation for a spec of that class, which is known to have one. */
  <S extends Record> RouteFilter<S> requireRouteFilter(S spec) {
    return Objects.requireNonNull(routeFilter(spec), () -> "no feature for " + spec);
  }
}
