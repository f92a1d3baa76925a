package dev.weir.bench;

import dev.weir.controlplane.admission.Admission;
import dev.weir.controlplane.admission.Judgement;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.features.Features;
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

/** What the webhook does for one object among many; see {@link ManyRoutes}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class Judging {
  @Param({"10", "1000", "10000"})
  public int routes;

  private final Admission admission = new Admission(StandardTypes.ALL, Features.ALL);
  private ClusterState state;
  private ClusterState other;
  private int calls;

  @Setup
  public void prepare() {
    ManyRoutes site = new ManyRoutes(routes);
    state = site.state();
    other = site.withService(ManyRoutes.service(0, 81));
  }

  private Judgement judge(String object) {
    return admission.judge(object, state, AddressAllocation.NONE);
  }

  /** One of the routes, with another path each time. */
  @Benchmark
  public Judgement route() {
    return judge(ManyRoutes.route(routes / 2, "/changed" + calls++));
  }

  /** The Gateway, and then a route. */
  @Benchmark
  public Judgement gatewayAndRoute() {
    judge(ManyRoutes.GATEWAY);
    return route();
  }

  /** A route, after a Service has changed, on which rules of any route might depend. */
  @Benchmark
  public Judgement routeAfterService() {
    ClusterState next = other;
    other = state;
    state = next;
    return route();
  }
}
