package dev.weir.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.route.v3.Route;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.config.route.v3.VirtualHost;
import dev.weir.features.Features;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The examples of docs/routing.md are valid and mean what the page says. */
class RoutingPageTest {
  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml$(.*?)^```$");

  @Test
  void theExamplesMeanWhatThePageSays() throws IOException {
    String page = Files.readString(Path.of("../docs/routing.md"));
    List<String> examples = YAML.matcher(page).results().map(match -> match.group(1)).toList();
    assertThat(examples).hasSizeGreaterThan(3);
    Load load =
        new Manifests(StandardTypes.ALL, InstantSource.system())
            .load(List.of(SourceText.of("routing.md", String.join("\n---\n", examples))));
    Translation translation =
        new Pipeline(Features.ALL)
            .translate(load.state(), new AddressAllocation(Map.of(), List.of()));

    assertThat(load.problems()).isEmpty();
    assertThat(translation.resolution().report().problems()).isEmpty();
    Resource<RouteConfiguration> routes =
        Objects.requireNonNull(
            translation.snapshot().routes().get("Gateway/default/edge/port/8080"));
    Map<String, List<String>> byHost = new LinkedHashMap<>();
    for (VirtualHost host : routes.message().getVirtualHostsList()) {
      byHost.put(host.getName(), host.getRoutesList().stream().map(Route::getName).toList());
    }
    assertThat(byHost)
        .isEqualTo(
            Map.of(
                "books.shop.example",
                List.of(
                    "HTTPRoute/default/books/rule/0/match/0",
                    "HTTPRoute/default/all-shops/rule/0/match/0"),
                "*.shop.example",
                List.of("HTTPRoute/default/all-shops/rule/0/match/0"),
                "api.example",
                List.of(
                    "HTTPRoute/default/api/rule/1/match/1",
                    "HTTPRoute/default/api/rule/1/match/0",
                    "HTTPRoute/default/api/rule/0/match/0"),
                "canary.example",
                List.of("HTTPRoute/default/canary/rule/0/match/0"),
                "*",
                List.of()));
  }
}
