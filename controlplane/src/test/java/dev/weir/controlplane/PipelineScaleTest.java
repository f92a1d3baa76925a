package dev.weir.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.resolve.Resolver;
import dev.weir.controlplane.resolve.ServiceEndpoints;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.controlplane.topology.Topology;
import dev.weir.controlplane.translate.Translator;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.features.Features;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The pure rebuild with 10,000 routes. */
class PipelineScaleTest {
  private static final int ROUTES = 10_000;

  @Test
  void tenThousandRoutesAreTranslatedAtOnce() {
    long begin = System.nanoTime();
    ClusterState state = state();
    long read = System.nanoTime() - begin;
    AddressAllocation addresses = new AddressAllocation(Map.of(), List.of());
    Translation first = new Pipeline(Features.ALL).translate(state, addresses);
    int routes =
        first.snapshot().routes().values().stream()
            .flatMap(resource -> resource.message().getVirtualHostsList().stream())
            .mapToInt(VirtualHost::getRoutesCount)
            .sum();
    assertThat(routes).isEqualTo(ROUTES);

    Duration resolve = Duration.ofDays(1);
    Duration translate = Duration.ofDays(1);
    Resolver resolver = new Resolver();
    Translator translator = new Translator(Features.ALL);
    for (int i = 0; i < 5; i++) {
      long start = System.nanoTime();
      Topology topology =
          resolver.resolve(state, ResolveOptions.of(addresses, Features.ALL)).topology();
      long resolved = System.nanoTime();
      XdsSnapshot snapshot = translator.translate(topology, new ServiceEndpoints(state)::of);
      long translated = System.nanoTime();
      assertThat(snapshot).isEqualTo(first.snapshot());
      resolve = min(resolve, Duration.ofNanos(resolved - start));
      translate = min(translate, Duration.ofNanos(translated - resolved));
    }

    System.out.printf(
        "%,d routes: read %d ms (cold), resolve %d ms, translate %d ms%n",
        ROUTES, read / 1_000_000, resolve.toMillis(), translate.toMillis());
    // Far above what it takes, so that it fails for a wrong algorithm and not for a busy machine.
    assertThat(resolve.plus(translate)).isLessThan(Duration.ofSeconds(5));
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** A thousand hosts with ten routes each. */
  private static ClusterState state() {
    StringBuilder text =
        new StringBuilder(
            """
            {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: weir},
             spec: {controllerName: weir.dev/gateway-controller}}
            ---
            {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: public},
             spec: {gatewayClassName: weir, listeners: [{name: http, port: 80, protocol: HTTP}]}}
            """);
    for (int i = 0; i < ROUTES; i++) {
      text.append(
          """
          ---
          {apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r%d},
           spec: {parentRefs: [{name: public}], hostnames: [h%d.example.com], rules: [
             {matches: [{path: {value: /p%d}}], backendRefs: [{name: s%d, port: 80}]}]}}
          """
              .formatted(i, i % 1000, i / 1000, i % 500));
    }
    for (int i = 0; i < 500; i++) {
      text.append(
          """
          ---
          {apiVersion: v1, kind: Service, metadata: {name: s%d}, spec: {ports: [{port: 80}]}}
          """
              .formatted(i));
    }
    return new Manifests(StandardTypes.ALL, InstantSource.system())
        .load(List.of(SourceText.of("input", text.toString())))
        .state();
  }
}
