package dev.weir.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.envoy.config.route.v3.VirtualHost;
import dev.weir.features.Features;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a pipeline remembers saves work, and never shows. */
class PipelineMemoryTest {
  private static final String GATEWAY =
      """
      {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: weir},
       spec: {controllerName: weir.dev/gateway-controller}}
      ---
      {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: public},
       spec: {gatewayClassName: weir, listeners: [{name: http, port: 80, protocol: HTTP}]}}
      ---
      {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}
      """;

  private final Manifests manifests =
      new Manifests(StandardTypes.ALL, InstantSource.fixed(Instant.parse("2026-03-01T00:00:00Z")));
  private final Pipeline pipeline = new Pipeline(Features.ALL);

  static List<Path> goldens() throws IOException {
    return GoldenTest.files();
  }

  /** Objects come and go, one or two at a time, in any order. */
  @ParameterizedTest
  @MethodSource("goldens")
  void aPipelineWithMemorySaysWhatANewOneSays(Path golden) throws IOException {
    String text = Files.readString(golden);
    String[] documents = text.substring(0, text.indexOf("--- # expected")).split("(?m)^---$", -1);
    SplittableRandom random = new SplittableRandom(golden.getFileName().toString().hashCode());
    boolean[] gone = new boolean[documents.length];
    for (int step = 0; step < 30; step++) {
      List<SourceText> texts = new ArrayList<>();
      for (int i = 0; i < documents.length; i++) {
        if (!gone[i]) {
          texts.add(SourceText.of("document " + i, documents[i]));
        }
      }
      ClusterState state = manifests.load(texts).state();

      assertThat(translate(state, pipeline))
          .as("step %s", step)
          .isEqualTo(translate(state, new Pipeline(Features.ALL)));

      for (int change = random.nextInt(1, 3); change > 0; change--) {
        int document = random.nextInt(documents.length);
        gone[document] = !gone[document];
      }
    }
  }

  /**
   * Routes that get into each other's way: of two kinds that share no hostname, with wildcards
   * around hosts, of any age, on listeners that are told apart by hostname.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void routesInEachOthersWaySayWhatTheyWouldAnew(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    String[] routes = new String[8];
    for (int step = 0; step < 150; step++) {
      List<SourceText> texts = new ArrayList<>(List.of(SourceText.of("gateway", LISTENERS)));
      for (int i = 0; i < routes.length; i++) {
        if (routes[i] != null) {
          texts.add(SourceText.of("route " + i, routes[i]));
        }
      }
      ClusterState state = manifests.load(texts).state();

      assertThat(translate(state, pipeline))
          .as("step %s", step)
          .isEqualTo(translate(state, new Pipeline(Features.ALL)));

      int changed = random.nextInt(routes.length);
      routes[changed] = random.nextInt(4) == 0 ? null : route(changed, random);
    }
  }

  private static final String LISTENERS =
      """
      {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: weir},
       spec: {controllerName: weir.dev/gateway-controller}}
      ---
      {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: public},
       spec: {gatewayClassName: weir, listeners: [
        {name: all, port: 80, protocol: HTTP},
        {name: some, port: 80, protocol: HTTP, hostname: "*.example.com"},
        {name: other, port: 81, protocol: HTTP}]}}
      ---
      {apiVersion: v1, kind: Service, metadata: {name: web},
       spec: {ports: [{port: 80, appProtocol: kubernetes.io/h2c}]}}
      ---
      {apiVersion: gateway.networking.x-k8s.io/v1alpha1, kind: XBackendTrafficPolicy,
       metadata: {name: retries}, spec: {targetRefs: [{group: "", kind: Service, name: web}],
        retryConstraint: {budget: {percent: 20, interval: 10s}}}}
      """;

  private static String route(int i, SplittableRandom random) {
    String kind = random.nextInt(3) == 0 ? "GRPCRoute" : "HTTPRoute";
    String hostnames =
        List.of(
                "",
                "hostnames: [a.example.com],",
                "hostnames: [\"*.example.com\"],",
                "hostnames: [b.example.com, \"*.com\"],",
                "hostnames: [other.org],")
            .get(random.nextInt(5));
    String section = List.of("", "sectionName: some", "port: 80").get(random.nextInt(3));
    String match =
        kind.equals("GRPCRoute")
            ? "{method: {service: s%d}}".formatted(random.nextInt(3))
            : "{path: {value: /p%d}}".formatted(random.nextInt(3));
    return """
    {apiVersion: gateway.networking.k8s.io/v1, kind: %s,
     metadata: {name: r%d, creationTimestamp: "2026-01-0%dT00:00:00Z"},
     spec: {parentRefs: [{name: public, %s}], %s
      rules: [{matches: [%s], backendRefs: [{name: %s, port: 80}]}]}}
    """
        .formatted(
            kind,
            i,
            random.nextInt(1, 4),
            section,
            hostnames,
            match,
            random.nextInt(5) == 0 ? "missing" : "web");
  }

  @Test
  void aChangedRouteIsWrittenAnewAndNoOther() {
    List<SourceText> texts = new ArrayList<>(List.of(SourceText.of("gateway", GATEWAY)));
    for (int i = 0; i < 200; i++) {
      texts.add(route(i, "/"));
    }
    Set<VirtualHost> before = hosts(translate(manifests.load(texts).state(), pipeline));
    assertThat(before).hasSize(100 + 1);

    texts.set(1 + 42, route(42, "/changed"));
    List<VirtualHost> written =
        hosts(translate(manifests.load(texts).state(), pipeline)).stream()
            .filter(host -> !before.contains(host))
            .toList();

    assertThat(written).extracting(VirtualHost::getName).containsExactly("h42.example.com");
    // Its neighbour in the same host was not translated again, either.
    assertThat(written.getFirst().getRoutesList())
        .extracting(route -> route.getMatch().getPathSeparatedPrefix())
        .containsExactly("/changed", "/second");
  }

  /** Two routes for each host. */
  private static SourceText route(int i, String path) {
    return SourceText.of(
        "route " + i,
        """
        {apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r%d},
         spec: {parentRefs: [{name: public}], hostnames: [h%d.example.com],
          rules: [{matches: [{path: {value: %s}}], backendRefs: [{name: web, port: 80}]}]}}
        """
            .formatted(i, i % 100, i < 100 ? path : "/second"));
  }

  /** By identity. */
  private static Set<VirtualHost> hosts(Translation translation) {
    Set<VirtualHost> hosts = Collections.newSetFromMap(new IdentityHashMap<>());
    translation
        .snapshot()
        .routes()
        .values()
        .forEach(routes -> hosts.addAll(routes.message().getVirtualHostsList()));
    return hosts;
  }

  private static Translation translate(ClusterState state, Pipeline pipeline) {
    return pipeline.translate(state, AddressAllocation.NONE);
  }
}
