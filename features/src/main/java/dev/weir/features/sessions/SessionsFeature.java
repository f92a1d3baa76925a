package dev.weir.features.sessions;

import com.google.protobuf.Struct;
import dev.weir.core.filter.Feature;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.HttpFilterType.Levels;
import dev.weir.core.filter.Phase;
import dev.weir.core.filter.RouteFilter;
import dev.weir.envoy.extensions.filters.http.stateful_session.v3.StatefulSession;
import dev.weir.envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute;
import dev.weir.envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState;
import dev.weir.envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState;
import java.util.List;

/** {@code sessionPersistence}; see {@code sessions.md}. */
public final class SessionsFeature implements Feature {
  static final String FILTER = "envoy.filters.http.stateful_session";

  @Override
  public String name() {
    return "sessions";
  }

  @Override
  public List<RouteFilter<?>> routeFilters() {
    return List.of(new SessionsTranslation());
  }

  @Override
  public List<HttpFilterType<?, ?>> httpFilters() {
    return List.of(
        new HttpFilterType<>(
            FILTER,
            Phase.ROUTE,
            StatefulSession.getDefaultInstance(),
            StatefulSessionPerRoute.getDefaultInstance(),
            List.of(
                CookieBasedSessionState.getDefaultInstance(),
                HeaderBasedSessionState.getDefaultInstance(),
                Struct.getDefaultInstance()),
            listener -> Levels.MOST_SPECIFIC,
            SessionsCompiler::compile));
  }
}
