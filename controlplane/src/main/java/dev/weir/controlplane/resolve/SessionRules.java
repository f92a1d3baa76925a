package dev.weir.controlplane.resolve;

import dev.weir.core.api.gateway.SessionPersistence;
import dev.weir.core.filter.RouteFilter;
import org.jspecify.annotations.Nullable;

/** Checks how clients are to be kept at one endpoint. */
final class SessionRules {
  private final @Nullable RouteFilter<SessionPersistence> implementation;

  SessionRules(ResolveOptions options) {
    implementation = find(options);
  }

  @SuppressWarnings("unchecked") // a filter's type parameter is the class of its spec
  private static @Nullable RouteFilter<SessionPersistence> find(ResolveOptions options) {
    for (RouteFilter<?> filter : options.filters()) {
      if (filter.spec() == SessionPersistence.class) {
        return (RouteFilter<SessionPersistence>) filter;
      }
    }
    return null;
  }

  /** Why that cannot be done and what to do, or null if it can. */
  @Nullable String refusal(SessionPersistence sessions) {
    return implementation == null
        ? "session persistence is not supported: remove the field"
        : implementation.refusal(sessions);
  }
}
