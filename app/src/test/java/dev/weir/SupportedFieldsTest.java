package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.features.Features;
import dev.weir.proxy.compile.Compiled;
import dev.weir.proxy.compile.Compiler;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ChainTable;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.TcpListenerPlan;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that the translators write, the compilers honour. Only here both planes are in sight.
 */
class SupportedFieldsTest {
  private static final Path GOLDEN = Path.of("../controlplane/src/test/golden");
  private static final Path MANIFESTS = Path.of("../../shared/gateway-api/manifests");
  private static final List<HttpFilterType<?, ?>> FILTERS =
      Features.ALL.stream()
          .<HttpFilterType<?, ?>>flatMap(feature -> feature.httpFilters().stream())
          .toList();

  static List<Path> goldens() throws IOException {
    return yaml(GOLDEN);
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void theProxyAcceptsWhatIsTranslated(Path file) throws IOException {
    String text = Files.readString(file);
    XdsSnapshot snapshot = translate(text.substring(0, text.indexOf("--- # expected")));

    assertThat(snapshot.listeners()).isNotEmpty();
    assertThat(complaints(snapshot)).isEmpty();
  }

  @Test
  void theProxyAcceptsTheGatewayApisOwnManifests() throws IOException {
    assumeTrue(Files.isDirectory(MANIFESTS), "no manifests in ../shared/gateway-api");
    String base =
        """
        {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: weir},
         spec: {controllerName: weir.dev/gateway-controller}}
        ---
        """
            + read(MANIFESTS.resolve("base/manifests.yaml"));
    List<Path> tests = yaml(MANIFESTS.resolve("tests"));
    assertThat(tests).isNotEmpty();

    for (Path test : tests) {
      assertThat(complaints(translate(base + "\n---\n" + read(test))))
          .as(test.toString())
          .isEmpty();
    }
  }

  @Test
  void theOptionsThatAreWrittenAreTheDefaultsOfTheProxy() throws IOException {
    String text = Files.readString(GOLDEN.resolve("simple-route.yaml"));
    Compiled compiled = compile(translate(text.substring(0, text.indexOf("--- # expected"))));

    ChainTable chains =
        ((TcpListenerPlan)
                Objects.requireNonNull(
                    compiled.plan().listeners().get("Gateway/default/public/port/8080")))
            .chains();
    ChainPlan chain = Objects.requireNonNull(chains.otherwise());
    assertThat(chain.http().options()).isEqualTo(HttpOptions.DEFAULTS);
  }

  @Test
  void aFieldThatTheProxyDoesNotImplementIsNoticed() throws IOException {
    String text = Files.readString(GOLDEN.resolve("simple-route.yaml"));
    XdsSnapshot good = translate(text.substring(0, text.indexOf("--- # expected")));
    Map<String, Resource<Listener>> listeners = new HashMap<>();
    for (Resource<Listener> listener : good.listeners().values()) {
      ByteString changed =
          io.envoyproxy.envoy.config.listener.v3.Listener.parseFrom(
                  listener.message().toByteString())
              .toBuilder()
              .setTransparent(BoolValue.of(true))
              .build()
              .toByteString();
      listeners.put(
          listener.name(), new Resource<>(listener.name(), "changed", Listener.parseFrom(changed)));
    }

    assertThat(
            complaints(
                new XdsSnapshot(
                    listeners, good.routes(), good.clusters(), good.endpoints(), good.secrets())))
        .singleElement()
        .asString()
        .contains("transparent");
  }

  @Test
  void theSameOfAFilter() throws IOException {
    Any filter =
        Any.pack(CorsPolicy.newBuilder().setAllowPrivateNetworkAccess(BoolValue.of(true)).build());
    RouteConfiguration routes =
        RouteConfiguration.newBuilder()
            .setName("r")
            .putTypedPerFilterConfig("envoy.filters.http.cors", filter)
            .build();

    assertThat(
            complaints(
                new XdsSnapshot(
                    Map.of(),
                    Map.of("r", new Resource<>("r", "1", routes)),
                    Map.of(),
                    Map.of(),
                    Map.of())))
        .singleElement()
        .asString()
        .contains(
            "typed_per_filter_config[\"envoy.filters.http.cors\"].allow_private_network_access:"
                + " is set, but the proxy does not implement it");
  }

  private static XdsSnapshot translate(String objects) {
    return new Pipeline(Features.ALL)
        .translate(
            new Manifests(StandardTypes.ALL, InstantSource.system())
                .load(List.of(SourceText.of("input", objects)))
                .state(),
            new AddressAllocation(Map.of(), List.of()))
        .snapshot();
  }

  private static Compiled compile(XdsSnapshot snapshot) {
    return new Compiler(FILTERS).compile(snapshot, Compiled.NOTHING);
  }

  /** What the proxy has to say about a snapshot, beside that it runs it. */
  private static List<String> complaints(XdsSnapshot snapshot) {
    Map<ResourceKey, Verdict> verdicts = compile(snapshot).verdicts();
    assertThat(verdicts).hasSize(size(snapshot));
    return verdicts.entrySet().stream()
        .filter(entry -> !(entry.getValue() instanceof Verdict.Accepted))
        .map(entry -> entry.getKey() + ": " + entry.getValue())
        .sorted()
        .toList();
  }

  private static int size(XdsSnapshot snapshot) {
    return snapshot.listeners().size()
        + snapshot.routes().size()
        + snapshot.clusters().size()
        + snapshot.endpoints().size()
        + snapshot.secrets().size();
  }

  private static String read(Path manifest) throws IOException {
    return Files.readString(manifest)
        .replace("{GATEWAY_CLASS_NAME}", "weir")
        .replace("{{controllerName}}", "weir.dev/gateway-controller");
  }

  private static List<Path> yaml(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }
}
