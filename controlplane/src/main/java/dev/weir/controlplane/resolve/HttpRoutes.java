package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.RouteContent.BrokenRule;
import dev.weir.controlplane.resolve.RouteContent.RankedMatch;
import dev.weir.controlplane.topology.RequestMatch;
import dev.weir.controlplane.topology.ResolvedBackend.AppProtocol;
import dev.weir.controlplane.topology.RouteRule;
import dev.weir.controlplane.topology.RouteRule.Retry;
import dev.weir.controlplane.topology.RouteRule.Timeouts;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.controlplane.topology.WeightedBackend;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
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
  public List<String> hostnames(HttpRoute spec) {
    return spec.hostnames();
  }

  @Override
  public RouteContent content(KubeObject<HttpRoute> route) {
    List<RankedMatch> matches = new ArrayList<>();
    List<BrokenRule> broken = new ArrayList<>();
    List<Fault> references = new ArrayList<>();
    List<HttpRoute.Rule> rules = route.spec().rules();
    for (int i = 0; i < rules.size(); i++) {
      RuleFindings findings = new RuleFindings(route.ref(), i, references);
      List<RequestMatch> alternatives = HttpMatches.of(rules.get(i).matches(), findings);
      RouteRule rule =
          rule(rules.get(i), new RouteRule.Ref(route.ref(), i, rules.get(i).name()), findings);
      if (!findings.unsupported().isEmpty()) {
        broken.add(new BrokenRule(i, findings.unsupported()));
      }
      for (int j = 0; j < alternatives.size(); j++) {
        RequestMatch match = alternatives.get(j);
        matches.add(new RankedMatch(new RuleMatch(rule, j, match), Precedence.rank(match)));
      }
    }
    return new RouteContent(matches, rules.size(), broken, references);
  }

  private RouteRule rule(HttpRoute.Rule rule, RouteRule.Ref ref, RuleFindings findings) {
    checkFeatures(rule, findings);
    RouteRule.Serving serving =
        new RouteRule.Serving(
            ref,
            filters.ofRule(rule.filters(), findings),
            backends(rule.backendRefs(), findings),
            timeouts(rule.timeouts()),
            retry(rule.retry()));
    return findings.unsupported().isEmpty()
        ? serving
        : new RouteRule.Broken(ref, Statement.text(findings.unsupported()));
  }

  private List<WeightedBackend> backends(List<HttpBackendRef> refs, RuleFindings findings) {
    List<WeightedBackend> resolved = new ArrayList<>();
    for (int i = 0; i < refs.size(); i++) {
      HttpBackendRef ref = refs.get(i);
      resolved.add(
          new WeightedBackend(
              i,
              backends.resolve(
                  ref.backend().target(),
                  findings.route(),
                  findings.path("backendRefs[" + i + "]"),
                  AppProtocol.HTTP1,
                  findings.references()),
              ref.backend().weight(),
              filters.ofBackend(ref.filters(), i, findings)));
    }
    return resolved;
  }

  private void checkFeatures(HttpRoute.Rule rule, RuleFindings findings) {
    if (rule.retry() != null && !options.claims("HTTPRouteRetry")) {
      findings.unsupported("retry", "retries are not supported: remove the field");
    }
    if (rule.sessionPersistence() != null && !options.claims("HTTPRouteSessionPersistence")) {
      findings.unsupported(
          "sessionPersistence", "session persistence is not supported: remove the field");
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
