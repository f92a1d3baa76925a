package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.RouteRule;
import dev.weir.controlplane.topology.RouteRule.Retry;
import dev.weir.controlplane.topology.RouteRule.Timeouts;
import dev.weir.controlplane.topology.WeightedBackend;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.DefaultScope;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.api.gateway.HttpRoute.HttpBackendRef;
import dev.weir.core.api.gateway.ParentReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** HTTPRoute. */
final class HttpRoutes implements RouteKind<HttpRoute> {
  private final Backends backends;
  private final Filters filters;
  private final ResolveOptions options;

  HttpRoutes(Backends backends, Filters filters, ResolveOptions options) {
    this.backends = backends;
    this.filters = filters;
    this.options = options;
  }

  @Override
  public ObjectType<HttpRoute> type() {
    return HttpRoute.TYPE;
  }

  @Override
  public Set<Protocol> protocols() {
    return Set.of(Protocol.HTTP, Protocol.HTTPS);
  }

  @Override
  public List<ParentReference> parents(HttpRoute spec) {
    return spec.parentRefs();
  }

  @Override
  public @Nullable DefaultScope defaultGateways(HttpRoute spec) {
    return spec.useDefaultGateways();
  }

  @Override
  public List<String> hostnames(HttpRoute spec) {
    return spec.hostnames();
  }

  @Override
  public RouteContent content(KubeObject<HttpRoute> route) {
    RuleCollector collector = new RuleCollector(route.ref(), RouteProtocol.HTTP);
    for (HttpRoute.Rule rule : route.spec().rules()) {
      RuleFindings findings = collector.nextRule();
      checkFeatures(rule, findings);
      collector.add(
          new RouteRule.Serving(
              findings.ref(rule.name()),
              filters.ofRule(rule.filters(), findings),
              backends(rule.backendRefs(), findings),
              timeouts(rule.timeouts()),
              retry(rule.retry()),
              filters.sessions(rule.sessionPersistence(), findings)),
          HttpMatches.of(rule.matches()),
          findings);
    }
    return collector.content();
  }

  private List<WeightedBackend> backends(List<HttpBackendRef> refs, RuleFindings findings) {
    List<WeightedBackend> resolved = new ArrayList<>();
    for (int i = 0; i < refs.size(); i++) {
      resolved.add(
          backends.weighted(
              refs.get(i).backend(),
              i,
              filters.ofBackend(refs.get(i).filters(), i, findings),
              findings));
    }
    return resolved;
  }

  private void checkFeatures(HttpRoute.Rule rule, RuleFindings findings) {
    if (rule.retry() != null && !options.claims("HTTPRouteRetry")) {
      findings.unsupported("retry", "retries are not supported: remove the field");
    }
  }

  private static Timeouts timeouts(HttpRoute.@Nullable Timeouts timeouts) {
    return timeouts == null
        ? Timeouts.NONE
        : new Timeouts(timeouts.request(), timeouts.backendRequest());
  }

  private static @Nullable Retry retry(HttpRoute.@Nullable Retry retry) {
    return retry == null ? null : new Retry(retry.attempts(), retry.backoff(), retry.codes());
  }
}
