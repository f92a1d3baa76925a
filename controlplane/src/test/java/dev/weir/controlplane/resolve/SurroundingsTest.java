package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.features.Features;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SurroundingsTest {
  private static final ResolveOptions OPTIONS =
      ResolveOptions.of(AddressAllocation.NONE, Features.ALL);

  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: web}
      spec:
        gatewayClassName: weir
        listeners: [{name: http, port: 80, protocol: HTTP}]
      """;

  static Stream<Path> goldens() throws IOException {
    return GoldenTest.files();
  }

  private static List<Problem> findings(ObjectRef object, ClusterState state) {
    return new Resolver()
        .resolve(state, OPTIONS).report().problems().stream()
            .filter(problem -> object.equals(problem.object()))
            .toList();
  }

  private static List<KubeObject<?>> objects(ClusterState state) {
    List<KubeObject<?>> all = new ArrayList<>();
    for (ObjectType<?> type : StandardTypes.ALL) {
      all.addAll(state.objects(type));
    }
    return all;
  }

  /** Of every object, among all that the golden files have beside it. */
  @ParameterizedTest
  @MethodSource("goldens")
  void whatIsFoundIsTheSame(Path golden) throws IOException {
    String text = Files.readString(golden);
    ClusterState state =
        new Manifests(StandardTypes.ALL, () -> States.START)
            .load(
                List.of(
                    SourceText.of("common", Files.readString(GoldenTest.COMMON)),
                    SourceText.of("golden", text.substring(0, text.indexOf(GoldenTest.LINE)))))
            .state();
    for (KubeObject<?> object : objects(state)) {
      assertThat(findings(object.ref(), Surroundings.of(object, state)))
          .as("%s", object.ref())
          .isEqualTo(findings(object.ref(), state));
    }
  }

  /** Each is in the way of the next, so that every second one is not in the way of anybody. */
  @Test
  void aRivalMayHaveARival() {
    for (int length : new int[] {1, 2, 3, 8, 9, 30}) {
      ClusterState state = States.of(GATEWAY + chain(length));
      for (KubeObject<?> route : objects(state)) {
        assertThat(findings(route.ref(), Surroundings.of(route, state)))
            .as("%s of %s", route.ref(), length)
            .isEqualTo(findings(route.ref(), state));
      }
      // The oldest is admitted, the second not, the third again.
      List<Problem> all = new Resolver().resolve(state, OPTIONS).report().problems();
      assertThat(all).hasSize(length / 2);
    }
  }

  private static String chain(int length) {
    return String.join(
        "",
        IntStream.range(0, length)
            .mapToObj(i ->
                """
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: %s
                metadata: {name: r%02d, creationTimestamp: "2026-01-01T00:00:%02dZ"}
                spec: {parentRefs: [{name: web}], hostnames: [h%d.test, h%d.test]}
                """
                    .formatted(i % 2 == 0 ? "HTTPRoute" : "GRPCRoute", i, i, i, i + 1))
            .toList());
  }

  @Test
  void routesWithoutARivalAreLeftOut() {
    StringBuilder yaml = new StringBuilder(GATEWAY).append(chain(1));
    for (int i = 0; i < 20; i++) {
      yaml.append(
          """
          ---
          apiVersion: gateway.networking.k8s.io/v1
          kind: %s
          metadata: {name: other-%d}
          spec: {parentRefs: [{name: web}], hostnames: [other-%d.test]}
          """
              .formatted(i % 2 == 0 ? "HTTPRoute" : "GRPCRoute", i, i));
    }
    ClusterState state = States.of(yaml.toString());
    KubeObject<?> route =
        objects(state).stream()
            .filter(each -> each.ref().name().equals("r00"))
            .findFirst()
            .orElseThrow();

    assertThat(objects(Surroundings.of(route, state)))
        .extracting(each -> each.ref().toString())
        .containsExactlyInAnyOrder(
            "GatewayClass/weir", "Gateway/default/web", route.ref().toString());
  }
}
