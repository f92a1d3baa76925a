package dev.weir.bench;

import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.features.Features;
import dev.weir.proxy.compile.Compiled;
import dev.weir.proxy.compile.Compiler;
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
 * From objects to a plan: for all of them, and for a change of one among many; see {@link
 * ManyRoutes}.
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
    ManyRoutes site = new ManyRoutes(routes);
    one = site.state();
    other = site.with(ManyRoutes.route(routes - 1, "/changed"));
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
