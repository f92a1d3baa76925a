package dev.weir.controlplane.resolve;

import dev.weir.core.filter.Feature;
import dev.weir.core.filter.RouteFilter;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What resolve needs to know beside the objects.
 *
 * @param controllerName GatewayClasses with this name are ours
 * @param addresses the addresses of gateways
 * @param features names of the Gateway API features that Weir implements. They decide which kinds
 *     of routes and which fields are taken; what needs another feature is refused
 * @param filters the route filters that there are
 */
public record ResolveOptions(
    String controllerName,
    AddressAllocation addresses,
    Set<String> features,
    List<RouteFilter<?>> filters) {

  /** Weir's own name as a controller. */
  public static final String CONTROLLER_NAME = "weir.dev/gateway-controller";

  /** The Gateway API features that are true without any folder of {@code features}. */
  public static final Set<String> SPINE =
      Set.of(
          "BackendTLSPolicy",
          "BackendTLSPolicySANValidation",
          "Gateway",
          "GatewayAddressEmpty",
          "GatewayBackendClientCertificate",
          "GatewayFrontendClientCertificateValidation",
          "GatewayFrontendClientCertificateValidationInsecureFallback",
          "GatewayHTTPListenerIsolation",
          "GatewayHTTPSListenerDetectMisdirectedRequests",
          "GatewayPort8080",
          "GatewayStaticAddresses",
          "GRPCRoute",
          "GRPCRouteNamedRouteRule",
          "GRPCRouteRequestHeaderModifier",
          "HTTPRoute",
          "HTTPRouteBackendProtocolH2C",
          "HTTPRouteBackendProtocolWebSocket",
          "HTTPRouteBackendTimeout",
          "HTTPRouteDestinationPortMatching",
          "HTTPRouteMethodMatching",
          "HTTPRouteNamedRouteRule",
          "HTTPRouteParentRefPort",
          "HTTPRouteQueryParamMatching",
          "HTTPRouteRequestTimeout",
          "HTTPRouteRetry",
          "HTTPRouteRetryBackendTimeout",
          "HTTPRouteRetryConnectionError",
          "ListenerSet",
          "ReferenceGrant",
          "TCPRoute",
          "TLSRoute",
          "TLSRouteModeMixed",
          "TLSRouteModeTerminate",
          "UDPRoute");

  /**
   * Those about the objects that run the proxies of a Gateway: true where Weir makes them, or at
   * least says what they are ({@code weir translate --output kubernetes}), not for a controller
   * that leaves them to others.
   */
  public static final Set<String> PROVISIONING = Set.of("GatewayInfrastructurePropagation");

  public ResolveOptions {
    features = Set.copyOf(features);
    filters = List.copyOf(filters);
  }

  /** Weir with these features, under its own name. */
  public static ResolveOptions of(AddressAllocation addresses, Collection<Feature> features) {
    Set<String> names = new HashSet<>(SPINE);
    features.forEach(feature -> names.addAll(feature.supportedFeatures()));
    return new ResolveOptions(
        CONTROLLER_NAME,
        addresses,
        names,
        features.stream()
            .<RouteFilter<?>>flatMap(feature -> feature.routeFilters().stream())
            .toList());
  }

  /** The same with further features. */
  public ResolveOptions claiming(Set<String> further) {
    Set<String> all = new HashSet<>(features);
    all.addAll(further);
    return new ResolveOptions(controllerName, addresses, all, filters);
  }

  /** The same with other addresses. */
  public ResolveOptions with(AddressAllocation others) {
    return new ResolveOptions(controllerName, others, features, filters);
  }

  boolean claims(String feature) {
    return features.contains(feature);
  }
}
