package dev.weir.controller;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Objects of the namespace {@code shop} as text. Each ends with a document mark, so that texts can
 * be joined.
 */
final class Shop {
  /** The GatewayClass {@code weir} and the namespace. */
  static final String EMPTY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      """
          + namespace("shop");

  private Shop() {}

  static String namespace(String name) {
    return """
    apiVersion: v1
    kind: Namespace
    metadata: {name: %s}
    ---
    """
        .formatted(name);
  }

  /** A Gateway with an HTTP listener. */
  static String gateway(String name, int port) {
    return gateway(name, "listeners: [{name: http, port: %d, protocol: HTTP}]".formatted(port));
  }

  /** A Gateway with an HTTP listener at this address alone. */
  static String gateway(String name, InetSocketAddress at) {
    return gateway(
        name,
        "addresses: [{type: IPAddress, value: %s}], listeners: [{name: http, port: %d, protocol: HTTP}]"
            .formatted(at.getAddress().getHostAddress(), at.getPort()));
  }

  /**
   * A Gateway.
   *
   * @param spec what it has besides its class, in flow form without braces
   */
  static String gateway(String name, String spec) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: %s, namespace: shop}
    spec: {gatewayClassName: weir, %s}
    ---
    """
        .formatted(name, spec);
  }

  /** A Service with port 80. */
  static String service(String name) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: %s, namespace: shop}
    spec: {ports: [{name: http, port: 80}]}
    ---
    """
        .formatted(name);
  }

  /** Ready endpoints of a Service, in an EndpointSlice of the same name. */
  static String endpoints(String service, int port, List<String> addresses) {
    return """
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: %1$s, namespace: shop, labels: {kubernetes.io/service-name: %1$s}}
    addressType: IPv4
    endpoints: [%3$s]
    ports: [{name: http, port: %2$d, protocol: TCP}]
    ---
    """
        .formatted(
            service,
            port,
            addresses.stream()
                .map("{addresses: [%s], conditions: {ready: true}}"::formatted)
                .collect(Collectors.joining(", ")));
  }

  /**
   * A route of the Gateway {@code web} to port 80 of a Service; for all hosts if there are none.
   */
  static String route(String name, String service, String... hosts) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: %s, namespace: shop}
    spec:
      parentRefs: [{name: web}]
      hostnames: [%s]
      rules: [{backendRefs: [{name: %s, port: 80}]}]
    ---
    """
        .formatted(name, String.join(", ", hosts), service);
  }

  /** The {@link #route} with a match of this path, in flow form. */
  static String matching(String route, String path) {
    return route.replace("{backendRefs", "{matches: [{path: {%s}}], backendRefs".formatted(path));
  }
}
