package dev.weir.controlplane.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.controlplane.state.StandardTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** All manifests of the Gateway API's conformance suite are read without a finding. */
class SharedManifestsTest {
  private static final Path MANIFESTS = SharedData.path("gateway-api/manifests");

  @Test
  void everyManifestIsRead() throws IOException {
    assumeTrue(Files.isDirectory(MANIFESTS), "no " + MANIFESTS + ": not run");
    ObjectDecoder decoder = new ObjectDecoder(StandardTypes.ALL);
    List<String> problems = new ArrayList<>();
    Set<String> kinds = new HashSet<>();
    try (var files = Files.walk(MANIFESTS)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).sorted().toList()) {
        String text =
            Files.readString(file)
                .replace("{GATEWAY_CLASS_NAME}", "weir")
                .replace("{GATEWAY_CONTROLLER_NAME}", "weir.dev/gateway-controller")
                .replace("PLACEHOLDER_UNUSABLE_ADDRS", "192.0.2.1")
                .replace("PLACEHOLDER_USABLE_ADDRS", "192.0.2.2");
        for (Decoded decoded : decoder.decode(SourceText.of(file.getFileName().toString(), text))) {
          decoded.problems().forEach(problem -> problems.add(problem.toString()));
          if (decoded.content() != null) {
            kinds.add(decoded.content().type().kind().kind());
          }
        }
      }
    }
    assertThat(problems).isEmpty();
    assertThat(kinds)
        .contains("Gateway", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
        .contains("ListenerSet", "ReferenceGrant", "BackendTLSPolicy")
        .contains("Namespace", "Service", "EndpointSlice", "Secret", "ConfigMap");
  }
}
