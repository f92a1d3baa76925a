package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.RouteContent.BrokenRule;
import dev.weir.controlplane.topology.WeightedBackend;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.DefaultScope;
import dev.weir.core.api.gateway.ParentReference;
import dev.weir.core.api.gateway.StreamRule;
import dev.weir.core.api.gateway.TcpRoute;
import dev.weir.core.api.gateway.TlsRoute;
import dev.weir.core.api.gateway.UdpRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * TLSRoute, TCPRoute and UDPRoute, which differ in little.
 *
 * @param protocol of the listeners that carry the kind
 * @param speaks what goes to the backends
 */
record StreamRoutes<S extends Record>(
    Backends backends,
    ObjectType<S> type,
    Protocol protocol,
    RouteProtocol speaks,
    Function<S, List<ParentReference>> parentsOf,
    Function<S, @Nullable DefaultScope> defaultGatewaysOf,
    Function<S, List<String>> hostnamesOf,
    Function<S, List<StreamRule>> rulesOf)
    implements RouteKind<S> {

  static StreamRoutes<TlsRoute> tls(Backends backends) {
    return new StreamRoutes<>(
        backends,
        TlsRoute.TYPE,
        Protocol.TLS,
        RouteProtocol.TCP,
        TlsRoute::parentRefs,
        TlsRoute::useDefaultGateways,
        TlsRoute::hostnames,
        TlsRoute::rules);
  }

  static StreamRoutes<TcpRoute> tcp(Backends backends) {
    return new StreamRoutes<>(
        backends,
        TcpRoute.TYPE,
        Protocol.TCP,
        RouteProtocol.TCP,
        TcpRoute::parentRefs,
        TcpRoute::useDefaultGateways,
        route -> List.of(),
        TcpRoute::rules);
  }

  static StreamRoutes<UdpRoute> udp(Backends backends) {
    return new StreamRoutes<>(
        backends,
        UdpRoute.TYPE,
        Protocol.UDP,
        RouteProtocol.UDP,
        UdpRoute::parentRefs,
        UdpRoute::useDefaultGateways,
        route -> List.of(),
        UdpRoute::rules);
  }

  @Override
  public Set<Protocol> protocols() {
    return Set.of(protocol);
  }

  @Override
  public List<ParentReference> parents(S spec) {
    return parentsOf.apply(spec);
  }

  @Override
  public @Nullable DefaultScope defaultGateways(S spec) {
    return defaultGatewaysOf.apply(spec);
  }

  @Override
  public List<String> hostnames(S spec) {
    return hostnamesOf.apply(spec);
  }

  @Override
  public RouteContent content(KubeObject<S> route) {
    List<StreamRule> rules = rulesOf.apply(route.spec());
    List<Fault> references = new ArrayList<>();
    List<BrokenRule> broken = new ArrayList<>();
    for (int i = 1; i < rules.size(); i++) {
      RuleFindings findings = new RuleFindings(route.ref(), speaks, i, references);
      findings.unsupported("backendRefs", "a second rule has nothing to do: remove it");
      broken.add(new BrokenRule(findings.ref(rules.get(i).name()), findings.unsupported()));
    }
    RuleFindings findings = new RuleFindings(route.ref(), speaks, 0, references);
    List<WeightedBackend> resolved = new ArrayList<>();
    for (int i = 0; i < rules.getFirst().backendRefs().size(); i++) {
      resolved.add(
          backends.weighted(rules.getFirst().backendRefs().get(i), i, List.of(), findings));
    }
    return new RouteContent.Stream(
        new dev.weir.controlplane.topology.StreamRule(
            findings.ref(rules.getFirst().name()), resolved),
        rules.size(),
        broken,
        references);
  }
}
