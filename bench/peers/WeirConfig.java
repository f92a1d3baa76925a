import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Weir in standalone mode: a Gateway with two listeners, and one HTTPRoute a host. */
final class WeirConfig {
  private WeirConfig() {}

  static List<String> write(Path dir, Path root, Site site, int port, boolean state)
      throws IOException {
    // The folder's parent is watched as well: the log must not be written there.
    Path objects = Files.createDirectories(dir.resolve("config/objects"));
    Files.writeString(
        objects.resolve("gateway.yaml"),
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: weir}
        spec: {controllerName: weir.dev/gateway-controller}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: bench}
        spec:
          gatewayClassName: weir
          addresses: [{type: IPAddress, value: 127.0.0.1}]
          listeners:
          - {name: plain, protocol: HTTP, port: %d}
          - name: secure
            protocol: HTTPS
            port: %d
            tls: {certificateRefs: [{name: tls}]}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: tls}
        type: kubernetes.io/tls
        data:
          tls.crt: %s
          tls.key: %s
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: origin}
        spec: {ports: [{name: http, port: 80}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: origin-1, labels: {kubernetes.io/service-name: origin}}
        addressType: IPv4
        ports: [{name: http, port: %d}]
        endpoints: [{addresses: [127.0.0.1]}]
        """
            .formatted(
                port, port + 1, base64(site.certificate()), base64(site.key()), Origin.PORT));
    StringBuilder routes = new StringBuilder();
    for (int i = 0; i < site.hosts(); i++) {
      routes.append(
          """
          ---
          apiVersion: gateway.networking.k8s.io/v1
          kind: HTTPRoute
          metadata: {name: r%d}
          spec:
            parentRefs: [{name: bench}]
            hostnames: [%s]
            rules: [{%sbackendRefs: [{name: origin, port: 80}]}]
          """
              .formatted(i, site.host(i), i == site.asked() ? edits(site.edits()) : ""));
    }
    Files.writeString(objects.resolve("routes.yaml"), routes);
    List<String> command =
        new ArrayList<>(
            List.of(
                root.resolve("weir").toString(),
                "run",
                "--admin",
                "127.0.0.1:" + (port + 2),
                "--access-log",
                dir.resolve("access.log").toString(),
                objects.toString()));
    if (state) {
      command.addAll(List.of("--state-dir", dir.resolve("state").toString()));
    }
    return command;
  }

  private static String edits(int number) {
    return number == 0
        ? ""
        : IntStream.range(0, number)
            .mapToObj(i -> "{name: x-edit-" + i + ", value: some-value}")
            .collect(
                Collectors.joining(
                    ", ",
                    "filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [",
                    "]}}], "));
  }

  private static String base64(Path file) throws IOException {
    return Base64.getEncoder()
        .encodeToString(Files.readString(file).getBytes(StandardCharsets.US_ASCII));
  }
}
