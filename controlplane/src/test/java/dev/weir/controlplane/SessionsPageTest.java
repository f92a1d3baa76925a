package dev.weir.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.envoy.config.route.v3.Route;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.features.Features;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The examples of sessions.md are valid, and both rules keep clients. */
class SessionsPageTest {
  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml$(.*?)^```$");
  private static final Path PAGE =
      Path.of("../features/src/main/java/dev/weir/features/sessions/sessions.md");

  private static final String AROUND =
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
      apiVersion: v1
      kind: Service
      metadata: {name: cart-v1}
      spec: {ports: [{port: 8080}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: cart-v2}
      spec: {ports: [{port: 8080}]}
      """;

  @Test
  void theExamplesMeanWhatThePageSays() throws IOException {
    List<String> examples =
        YAML.matcher(Files.readString(PAGE)).results().map(match -> match.group(1)).toList();
    assertThat(examples).hasSize(2);
    Load load =
        new Manifests(StandardTypes.ALL, InstantSource.system())
            .load(
                List.of(
                    SourceText.of(
                        "sessions.md", AROUND + "---\n" + String.join("\n---\n", examples))));
    Translation translation =
        new Pipeline(Features.ALL)
            .translate(load.state(), new AddressAllocation(Map.of(), List.of()));

    assertThat(load.problems()).isEmpty();
    assertThat(translation.resolution().report().problems()).isEmpty();
    RouteConfiguration routes =
        Objects.requireNonNull(
                translation.snapshot().routes().get("Gateway/default/edge/port/8080"))
            .message();
    assertThat(routes.getVirtualHosts(0).getRoutesList())
        .hasSize(2)
        .extracting(Route::getTypedPerFilterConfigMap)
        .allSatisfy(
            configs -> assertThat(configs).containsOnlyKeys("envoy.filters.http.stateful_session"));
  }
}
