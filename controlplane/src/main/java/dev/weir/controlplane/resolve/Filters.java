package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.ResolvedBackend.Invalid;
import dev.weir.controlplane.topology.RuleFilter;
import dev.weir.core.api.gateway.BackendObjectReference;
import dev.weir.core.api.gateway.HttpRouteFilter;
import dev.weir.core.api.gateway.HttpRouteFilter.AuthProtocol;
import dev.weir.core.api.gateway.HttpRouteFilter.ExternalAuth;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestMirror;
import dev.weir.core.api.gateway.SessionPersistence;
import dev.weir.core.api.schema.Variant;
import dev.weir.core.filter.RouteFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Checks that filters are supported, and follows the references they hold. */
final class Filters {
  private static final String SESSIONS = "sessionPersistence";

  private final Backends backends;
  private final SessionRules sessionRules;
  private final Map<Class<?>, RouteFilter<?>> supported = new HashMap<>();

  Filters(Backends backends, ResolveOptions options) {
    this.backends = backends;
    this.sessionRules = new SessionRules(options);
    options.filters().forEach(filter -> supported.put(filter.spec(), filter));
  }

  /** The filters of a rule. */
  List<RuleFilter> ofRule(List<? extends HttpRouteFilter> filters, RuleFindings findings) {
    List<RuleFilter> resolved = new ArrayList<>();
    for (int i = 0; i < filters.size(); i++) {
      HttpRouteFilter filter = filters.get(i);
      String field = "filters[" + i + "]";
      if (supported.containsKey(filter.getClass())) {
        int before = resolved.size();
        resolve(filter, field, resolved, findings);
        if (unguarded(resolved.subList(before, resolved.size())) != null) {
          findings.unsupported(
              field + "." + variant(filter).field() + ".backendRef",
              "no request may pass without the service that authorizes it");
        }
      } else {
        findings.unsupported(
            field + ".type", "%s is not supported: remove the filter".formatted(type(filter)));
      }
    }
    return resolved;
  }

  /** The filters of one backend of a rule; {@link #unguarded} tells whether it can be used. */
  List<RuleFilter> ofBackend(
      List<? extends HttpRouteFilter> filters, int backend, RuleFindings findings) {
    List<RuleFilter> resolved = new ArrayList<>();
    for (int i = 0; i < filters.size(); i++) {
      HttpRouteFilter filter = filters.get(i);
      String field = "backendRefs[" + backend + "].filters[" + i + "]";
      RouteFilter<?> implementation = supported.get(filter.getClass());
      if (implementation instanceof RouteFilter.ForBackends<?>
          || implementation instanceof RouteFilter.OfAction<?>) {
        resolve(filter, field, resolved, findings);
      } else {
        findings.unsupported(
            field + ".type",
            "%s is not supported on single backends: move it to the filters of the rule, or remove it"
                .formatted(type(filter)));
      }
    }
    return resolved;
  }

  /** Why there is nobody to authorize requests although filters ask for it; null if there is. */
  static @Nullable Invalid unguarded(List<RuleFilter> filters) {
    for (RuleFilter filter : filters) {
      if (filter.filter() instanceof ExternalAuth && filter.backend() instanceof Invalid invalid) {
        return invalid;
      }
    }
    return null;
  }

  /** The sessions that a rule asks for, or null. */
  @Nullable SessionPersistence sessions(
      @Nullable SessionPersistence sessions, RuleFindings findings) {
    String refusal = sessions == null ? null : sessionRules.refusal(sessions);
    if (refusal != null) {
      findings.unsupported(SESSIONS, refusal);
    }
    return sessions;
  }

  private void resolve(
      HttpRouteFilter filter, String field, List<RuleFilter> resolved, RuleFindings findings) {
    String own = field + "." + variant(filter).field();
    String refusal = refusal(supported.get(filter.getClass()), filter);
    if (refusal != null) {
      findings.unsupported(own, refusal);
    }
    switch (filter) {
      case RequestMirror mirror -> {
        ResolvedBackend backend = backend(mirror.backendRef(), own, findings.protocol(), findings);
        // A copy that cannot be sent is no reason to refuse the request itself.
        if (!(backend instanceof Invalid)) {
          resolved.add(new RuleFilter(filter, backend));
        }
      }
      case ExternalAuth auth -> {
        RouteProtocol protocol =
            auth.protocol() == AuthProtocol.GRPC ? RouteProtocol.GRPC : RouteProtocol.HTTP;
        ResolvedBackend backend = backend(auth.backendRef(), own, protocol, findings);
        if (protocol == RouteProtocol.GRPC && speaksHttp1(backend)) {
          findings.unsupported(
              own + ".backendRef",
              "gRPC needs HTTP/2: set protocol HTTP2 in the Backend, or use protocol HTTP here");
        }
        if (resolved.stream().anyMatch(before -> before.filter() instanceof ExternalAuth)) {
          findings.unsupported(
              field + ".type", "ExternalAuth can stand only once in a rule: remove the second");
        }
        resolved.add(new RuleFilter(filter, backend));
      }
      default -> resolved.add(new RuleFilter(filter, null));
    }
  }

  private static boolean speaksHttp1(ResolvedBackend backend) {
    return backend instanceof ResolvedBackend.Static own
        && own.protocol() == ResolvedBackend.AppProtocol.HTTP1;
  }

  private ResolvedBackend backend(
      BackendObjectReference reference,
      String field,
      RouteProtocol protocol,
      RuleFindings findings) {
    return backends.resolve(
        reference,
        findings.route(),
        findings.path(field + ".backendRef"),
        protocol,
        findings.references());
  }

  private static <S extends Record> @Nullable String refusal(
      @Nullable RouteFilter<S> implementation, HttpRouteFilter filter) {
    return implementation == null
        ? null
        : implementation.refusal(implementation.spec().cast(filter));
  }

  private static String type(HttpRouteFilter filter) {
    return variant(filter).type();
  }

  private static Variant variant(HttpRouteFilter filter) {
    return Objects.requireNonNull(filter.getClass().getAnnotation(Variant.class));
  }
}
