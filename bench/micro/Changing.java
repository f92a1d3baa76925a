package dev.weir.bench;

import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.features.Features;
import dev.weir.proxy.compile.Compiled;
import dev.weir.proxy.compile.Compiler;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From objects to a plan: for all of them, and for a change of one among many. Ten HTTPRoutes for
 * each hostname, 500 Services.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class Changing {
  @Param({"10", "1000", "10000"})
  public int routes;

  private final Pipeline pipeline = new Pipeline(Features.ALL);
  private final Compiler compiler = compiler();
  private ClusterState one;
  private ClusterState other;
  private Compiled compiled = Compiled.NOTHING;

  @Setup
  public void prepare() {
    List<SourceText> texts = new ArrayList<>();
    texts.add(
        SourceText.of(
            "gateway",
            """
            {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: weir},
             spec: {controllerName: weir.dev/gateway-controller}}
            ---
            {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: public},
             spec: {gatewayClassName: weir, listeners: [{name: http, port: 80, protocol: HTTP}]}}
            """));
    for (int i = 0; i < 500; i++) {
      texts.add(
          SourceText.of(
              "service " + i,
              "{apiVersion: v1, kind: Service, metadata: {name: s%d}, spec: {ports: [{port: 80}]}}"
                  .formatted(i)));
    }
    for (int i = 0; i < routes; i++) {
      texts.add(route(i, "/service" + i % 10));
    }
    Manifests manifests = new Manifests(StandardTypes.ALL, InstantSource.system());
    one = manifests.load(texts).state();
    texts.set(texts.size() - 1, route(routes - 1, "/changed"));
    other = manifests.load(texts).state();
  }

  private static SourceText route(int i, String path) {
    return SourceText.of(
        "route " + i,
        """
        {apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r%d},
         spec: {parentRefs: [{name: public}], hostnames: [h%d.example.com],
          rules: [{matches: [{path: {value: %s}}], backendRefs: [{name: s%d, port: 80}]}]}}
        """
            .formatted(i, i / 10, path, i % 500));
  }

  private static Compiler compiler() {
    return new Compiler(
        Features.ALL.stream().flatMap(feature -> feature.httpFilters().stream()).toList());
  }

  /** As at the start. */
  @Benchmark
  public Object everything() {
    return compiler()
        .compile(
            new Pipeline(Features.ALL).translate(one, AddressAllocation.NONE).snapshot(),
            Compiled.NOTHING)
        .plan();
  }

  /** The path of one route, there and back. */
  @Benchmark
  public Object oneRoute() {
    ClusterState next = one;
    one = other;
    other = next;
    compiled =
        compiler.compile(pipeline.translate(next, AddressAllocation.NONE).snapshot(), compiled);
    return compiled.plan();
  }
}
