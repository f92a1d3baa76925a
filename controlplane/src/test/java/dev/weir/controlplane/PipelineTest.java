package dev.weir.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.route.v3.VirtualHost;
import dev.weir.features.Features;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for any input: same in, same out; little change in, little change out. */
class PipelineTest {
  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: public}
      spec:
        gatewayClassName: weir
        listeners:
        - {name: http, port: 80, protocol: HTTP}
        - {name: admin, port: 81, protocol: HTTP}
      """;
  private static final String ROUTE =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: web}
      spec:
        parentRefs: [{name: public, sectionName: http}]
        rules: [{backendRefs: [{name: web, port: 80}]}]
      """;
  private static final String ADMIN_ROUTE =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: admin}
      spec:
        parentRefs: [{name: public, sectionName: admin}]
        rules: [{backendRefs: [{name: admin, port: 80}]}]
      """;
  private static final String SERVICES =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {ports: [{port: 80}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: admin}
      spec: {ports: [{port: 80}]}
      """;
  private static final String ENDPOINTS =
      """
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
      addressType: IPv4
      endpoints: [{addresses: [10.0.0.1]}]
      ports: [{port: 8000}]
      """;

  static List<Path> goldens() throws IOException {
    return GoldenTest.files();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void theOrderOfTheObjectsDoesNotMatter(Path golden) throws IOException {
    String text = Files.readString(golden);
    List<String> documents =
        new ArrayList<>(
            List.of(text.substring(0, text.indexOf("--- # expected")).split("(?m)^---$", -1)));
    XdsSnapshot expected = translate(documents).snapshot();
    assertThat(expected.listeners()).isNotEmpty();

    for (int seed = 0; seed < 5; seed++) {
      Collections.shuffle(documents, new Random(seed));

      assertThat(translate(documents).snapshot()).as("seed %s", seed).isEqualTo(expected);
    }
  }

  @Test
  void aChangedRouteChangesItsRouteConfigurationOnly() {
    XdsSnapshot before =
        translate(List.of(GATEWAY, ROUTE, ADMIN_ROUTE, SERVICES, ENDPOINTS)).snapshot();
    XdsSnapshot after =
        translate(
                List.of(
                    GATEWAY,
                    ROUTE.replace("rules: [{", "rules: [{timeouts: {request: 1s}, "),
                    ADMIN_ROUTE,
                    SERVICES,
                    ENDPOINTS))
            .snapshot();

    assertThat(changed(before, after)).containsExactly("routes Gateway/default/public/port/80");
  }

  @Test
  void aChangedBackendChangesRouteConfigurationClusterAndAssignment() {
    XdsSnapshot before = translate(List.of(GATEWAY, ROUTE, SERVICES)).snapshot();
    XdsSnapshot after =
        translate(List.of(GATEWAY, ROUTE.replace("name: web, port", "name: admin, port"), SERVICES))
            .snapshot();

    assertThat(changed(before, after))
        .containsExactly(
            "clusters Service/default/admin/80",
            "clusters Service/default/web/80",
            "endpoints Service/default/admin/80",
            "endpoints Service/default/web/80",
            "routes Gateway/default/public/port/80");
  }

  @Test
  void aFirstHeaderModifierChangesItsListenerToo() {
    XdsSnapshot before = translate(List.of(GATEWAY, ROUTE, ADMIN_ROUTE, SERVICES)).snapshot();
    XdsSnapshot after =
        translate(
                List.of(
                    GATEWAY,
                    ROUTE.replace(
                        "rules: [{",
                        "rules: [{filters: [{type: RequestHeaderModifier,"
                            + " requestHeaderModifier: {remove: [x-a]}}], "),
                    ADMIN_ROUTE,
                    SERVICES))
            .snapshot();

    assertThat(changed(before, after))
        .containsExactly(
            "listeners Gateway/default/public/port/80", "routes Gateway/default/public/port/80");
  }

  @Test
  void theShortCutOfEndpointsLeadsToTheSameSnapshot() {
    Pipeline pipeline = new Pipeline(Features.ALL);
    List<String> objects = List.of(GATEWAY, ROUTE, ADMIN_ROUTE, SERVICES, ENDPOINTS);
    List<String> moved =
        List.of(GATEWAY, ROUTE, ADMIN_ROUTE, SERVICES, ENDPOINTS.replace("10.0.0.1", "10.0.0.2"));
    Translation before = translate(objects);

    Translation after = pipeline.updateEndpoints(before, state(moved));

    assertThat(after.snapshot()).isEqualTo(translate(moved).snapshot());
    assertThat(changed(before.snapshot(), after.snapshot()))
        .containsExactly("endpoints Service/default/web/80");
    assertThat(after.resolution()).isSameAs(before.resolution());
  }

  @Test
  void whatTwoListenersServeAlikeIsOneMessage() {
    String both = ROUTE.replace(", sectionName: http", "");
    String redirects =
        ADMIN_ROUTE
            .replace(", sectionName: admin", "")
            .replace("rules:", "hostnames: [admin.example.com]\n  rules:")
            .replace(
                "backendRefs: [{name: admin, port: 80}]",
                "filters: [{type: RequestRedirect, requestRedirect: {statusCode: 302}}]");

    XdsSnapshot snapshot = translate(List.of(GATEWAY, both, redirects, SERVICES)).snapshot();

    List<VirtualHost> http = hosts(snapshot, 80);
    List<VirtualHost> admin = hosts(snapshot, 81);
    assertThat(http).extracting(VirtualHost::getName).containsExactly("admin.example.com", "*");
    assertThat(admin.getLast()).isSameAs(http.getLast());
    // A redirect keeps the port of the listener, which is another.
    assertThat(port(http.getFirst())).isEqualTo(80);
    assertThat(port(admin.getFirst())).isEqualTo(81);
  }

  private static List<VirtualHost> hosts(XdsSnapshot snapshot, int port) {
    return Objects.requireNonNull(snapshot.routes().get("Gateway/default/public/port/" + port))
        .message()
        .getVirtualHostsList();
  }

  private static int port(VirtualHost host) {
    return host.getRoutes(0).getRedirect().getPortRedirect();
  }

  @Test
  void nothingBecomesNothing() {
    assertThat(translate(List.of()).snapshot()).isEqualTo(XdsSnapshot.EMPTY);
  }

  private static Translation translate(List<String> documents) {
    return new Pipeline(Features.ALL)
        .translate(state(documents), new AddressAllocation(Map.of(), List.of()));
  }

  private static ClusterState state(List<String> documents) {
    return new Manifests(
            StandardTypes.ALL, InstantSource.fixed(Instant.parse("2026-03-01T00:00:00Z")))
        .load(List.of(SourceText.of("input", String.join("\n---\n", documents))))
        .state();
  }

  /** Type and name of the resources that differ in version, or are in one snapshot only. */
  private static List<String> changed(XdsSnapshot before, XdsSnapshot after) {
    SortedMap<String, String> old = versions(before);
    SortedMap<String, String> now = versions(after);
    return Stream.concat(old.keySet().stream(), now.keySet().stream())
        .distinct()
        .filter(key -> !Objects.equals(old.get(key), now.get(key)))
        .sorted()
        .toList();
  }

  private static SortedMap<String, String> versions(XdsSnapshot snapshot) {
    SortedMap<String, String> out = new TreeMap<>();
    versions("listeners", snapshot.listeners(), out);
    versions("routes", snapshot.routes(), out);
    versions("clusters", snapshot.clusters(), out);
    versions("endpoints", snapshot.endpoints(), out);
    versions("secrets", snapshot.secrets(), out);
    return out;
  }

  private static void versions(
      String type, Map<String, ? extends Resource<?>> resources, Map<String, String> out) {
    resources.forEach((name, resource) -> out.put(type + " " + name, resource.version()));
  }
}
