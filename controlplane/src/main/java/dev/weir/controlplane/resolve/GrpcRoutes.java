package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.RouteRule;
import dev.weir.controlplane.topology.RouteRule.Timeouts;
import dev.weir.controlplane.topology.WeightedBackend;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.DefaultScope;
import dev.weir.core.api.gateway.GrpcRoute;
import dev.weir.core.api.gateway.GrpcRoute.GrpcBackendRef;
import dev.weir.core.api.gateway.GrpcRouteFilter;
import dev.weir.core.api.gateway.HttpRouteFilter;
import dev.weir.core.api.gateway.HttpRouteFilter.ExtensionRef;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestHeaderModifier;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestMirror;
import dev.weir.core.api.gateway.HttpRouteFilter.ResponseHeaderModifier;
import dev.weir.core.api.gateway.ParentReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** GRPCRoute. */
final class GrpcRoutes implements RouteKind<GrpcRoute> {
  private final Backends backends;
  private final Filters filters;

  GrpcRoutes(Backends backends, Filters filters) {
    this.backends = backends;
    this.filters = filters;
  }

  @Override
  public ObjectType<GrpcRoute> type() {
    return GrpcRoute.TYPE;
  }

  @Override
  public Set<Protocol> protocols() {
    return Set.of(Protocol.HTTP, Protocol.HTTPS);
  }

  @Override
  public List<ParentReference> parents(GrpcRoute spec) {
    return spec.parentRefs();
  }

  @Override
  public @Nullable DefaultScope defaultGateways(GrpcRoute spec) {
    return spec.useDefaultGateways();
  }

  @Override
  public List<String> hostnames(GrpcRoute spec) {
    return spec.hostnames();
  }

  @Override
  public RouteContent content(KubeObject<GrpcRoute> route) {
    RuleCollector collector = new RuleCollector(route.ref(), RouteProtocol.GRPC);
    for (GrpcRoute.Rule rule : route.spec().rules()) {
      RuleFindings findings = collector.nextRule();
      collector.add(
          new RouteRule.Serving(
              findings.ref(rule.name()),
              filters.ofRule(http(rule.filters()), findings),
              backends(rule.backendRefs(), findings),
              Timeouts.NONE,
              null,
              filters.sessions(rule.sessionPersistence(), findings)),
          GrpcMatches.of(rule.matches()),
          findings);
    }
    return collector.content();
  }

  private List<WeightedBackend> backends(List<GrpcBackendRef> refs, RuleFindings findings) {
    List<WeightedBackend> resolved = new ArrayList<>();
    for (int i = 0; i < refs.size(); i++) {
      resolved.add(
          backends.weighted(
              refs.get(i).backend(),
              i,
              filters.ofBackend(http(refs.get(i).filters()), i, findings),
              findings));
    }
    return resolved;
  }

  /** All filters for gRPC are filters for HTTP, too. */
  private static List<HttpRouteFilter> http(List<GrpcRouteFilter> filters) {
    List<HttpRouteFilter> same = new ArrayList<>();
    for (GrpcRouteFilter filter : filters) {
      same.add(
          switch (filter) {
            case RequestHeaderModifier headers -> headers;
            case ResponseHeaderModifier headers -> headers;
            case RequestMirror mirror -> mirror;
            case ExtensionRef extension -> extension;
          });
    }
    return same;
  }
}
