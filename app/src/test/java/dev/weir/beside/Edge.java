package dev.weir.beside;

import dev.weir.standalone.Standalone;
import dev.weir.standalone.StandaloneOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** A gateway in this process, on port 8080 of a loopback address of its own. */
final class Edge implements AutoCloseable {
  private static final String NETWORK =
      "127.%d.%d."
          .formatted(
              ThreadLocalRandom.current().nextInt(20, 120),
              ThreadLocalRandom.current().nextInt(1, 250));
  private static final AtomicInteger LAST = new AtomicInteger();

  private final String ip;
  private final Standalone standalone;

  private Edge(String ip, Standalone standalone) {
    this.ip = ip;
    this.standalone = standalone;
  }

  /** A gateway {@code edge} with these objects; {@code directory} is for its files. */
  static Edge start(Path directory, String... objects) throws IOException {
    String ip = NETWORK + (1 + LAST.getAndIncrement() % 250);
    String gateway =
        """
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
          listeners: [{name: http, port: 8080, protocol: HTTP}]
        ---
        """
            .formatted(ip);
    Files.writeString(directory.resolve("objects.yaml"), gateway + String.join("\n---\n", objects));
    Edge edge =
        new Edge(ip, Standalone.start(StandaloneOptions.of(List.of(directory)), state -> {}));
    if (!edge.standalone.state().problems().isEmpty()) {
      try (edge) {
        throw new AssertionError(edge.standalone.state().problems());
      }
    }
    return edge;
  }

  /** A route of a rule with this prefix and these filters to the Backend {@code main}. */
  static String route(String prefix, String filters) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: at%s}
    spec:
      parentRefs: [{name: edge}]
      rules:
      - matches: [{path: {value: %s}}]
        filters: [%s]
        backendRefs: [{group: weir.dev, kind: Backend, name: main}]
    """
        .formatted(prefix.length() == 1 ? "-all" : prefix.replace('/', '-'), prefix, filters);
  }

  /** A Backend with these servers. */
  static String backend(String name, String protocol, InetSocketAddress... servers) {
    StringBuilder endpoints = new StringBuilder();
    for (InetSocketAddress server : servers) {
      endpoints.append(
          "{ip: %s, port: %d},".formatted(server.getAddress().getHostAddress(), server.getPort()));
    }
    return """
    apiVersion: weir.dev/v1alpha1
    kind: Backend
    metadata: {name: %s}
    spec: {protocol: %s, groups: [{endpoints: [%s]}]}
    """
        .formatted(name, protocol, endpoints);
  }

  URI at(String target) {
    return URI.create("http://" + ip + ":8080" + target);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), 8080);
  }

  @Override
  public void close() {
    standalone.close();
  }
}
