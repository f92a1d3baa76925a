package dev.weir.endtoend;

import java.net.InetSocketAddress;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Objects as text. Each ends with a document mark, so that texts can be joined. */
public final class Yaml {
  private Yaml() {}

  /** The class and a Gateway {@code edge} with these listeners, each in YAML's flow form. */
  public static String gateway(String ip, String... listeners) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: GatewayClass
    metadata: {name: weir}
    spec: {controllerName: weir.dev/gateway-controller}
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: edge}
    spec:
      gatewayClassName: weir
      addresses: [{type: IPAddress, value: %s}]
      listeners: [%s]
    ---
    """
        .formatted(ip, String.join(", ", listeners));
  }

  /** The {@link #gateway} with GatewayParameters of this spec. */
  static String withParameters(String gateway, String spec) {
    return gateway.replace(
            "  gatewayClassName: weir\n",
            """
              gatewayClassName: weir
              infrastructure: {parametersRef: {group: weir.dev, kind: GatewayParameters, name: edge}}
            """)
        + """
        apiVersion: weir.dev/v1alpha1
        kind: GatewayParameters
        metadata: {name: edge}
        spec: %s
        ---
        """
            .formatted(spec);
  }

  /** A Backend of one group with these servers. */
  static String backend(String name, InetSocketAddress... servers) {
    return backend(
        name,
        "groups: [{endpoints: [%s]}]"
            .formatted(
                Stream.of(servers)
                    .map(server ->
                        "{ip: \"%s\", port: %d}"
                            .formatted(server.getAddress().getHostAddress(), server.getPort()))
                    .collect(Collectors.joining(", "))));
  }

  /** A Backend with this spec. */
  static String backend(String name, String spec) {
    return """
    apiVersion: weir.dev/v1alpha1
    kind: Backend
    metadata: {name: %s}
    spec:
    %s
    ---
    """
        .formatted(name, spec.indent(2).stripTrailing());
  }

  /** A route for a path prefix to a Backend of the same name. */
  static String route(String backend, String prefix) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: %s}
    spec:
      parentRefs: [{name: edge}]
      rules:
      - matches: [{path: {type: PathPrefix, value: "%s"}}]
        backendRefs: [{group: weir.dev, kind: Backend, name: %s}]
    ---
    """
        .formatted(backend, prefix, backend);
  }

  /**
   * A Service with one ready endpoint.
   *
   * @param port in flow form without braces, {@code name: x, port: 80} for example
   */
  static String service(String name, String port, InetSocketAddress endpoint) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: %1$s}
    spec: {ports: [{%2$s}]}
    ---
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: %1$s, labels: {kubernetes.io/service-name: %1$s}}
    addressType: IPv4
    ports: [{name: %3$s, port: %4$d}]
    endpoints: [{addresses: ["%5$s"]}]
    ---
    """
        .formatted(
            name,
            port,
            port.replaceAll(".*name: ([a-z0-9-]+).*", "$1"),
            endpoint.getPort(),
            endpoint.getAddress().getHostAddress());
  }
}
