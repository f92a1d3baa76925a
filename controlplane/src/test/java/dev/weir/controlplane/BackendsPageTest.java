package dev.weir.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.weir.Backend;
import dev.weir.features.Features;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The examples of docs/backends.md are valid. */
class BackendsPageTest {
  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml$(.*?)^```$");
  private static final String GATEWAY =
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
        listeners: [{name: http, port: 8080, protocol: HTTP}]
      ---
      """;

  @Test
  void theExamplesAreValid() throws IOException {
    String page = Files.readString(Path.of("../docs/backends.md"));
    List<String> examples = YAML.matcher(page).results().map(match -> match.group(1)).toList();
    Load load =
        new Manifests(StandardTypes.ALL, InstantSource.system())
            .load(List.of(SourceText.of("page", GATEWAY + String.join("\n---\n", examples))));
    Translation translation =
        new Pipeline(Features.ALL)
            .translate(load.state(), new AddressAllocation(Map.of(), List.of()));

    assertThat(load.problems()).isEmpty();
    assertThat(load.state().objects(Backend.TYPE)).hasSize(3);
    assertThat(translation.resolution().report().problems()).isEmpty();
    assertThat(translation.snapshot().clusters()).containsKey("Backend/default/shop");
  }
}
