package dev.weir.bench;

import dev.weir.core.time.Ticker;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.LoopAllocator;
import dev.weir.proxy.loop.Transport;
import dev.weir.proxy.loop.Turn;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.upstream.ClusterState;
import dev.weir.proxy.upstream.Clusters;
import dev.weir.proxy.upstream.SharedLoads;
import dev.weir.proxy.upstream.UpstreamOptions;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Picking one of many endpoints of a cluster, all usable and idle. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Balancing {
  @Param({"ROUND_ROBIN", "LEAST_REQUEST"})
  public ClusterPlan.Balancing balancing;

  @Param({"3", "100", "10000"})
  public int endpoints;

  /** Weights of the endpoints go from one up to this, again and again. */
  @Param({"1", "7"})
  public int weights;

  private EventLoop loop;
  private LoopAllocator allocator;
  private ClusterState cluster;

  @Setup
  public void prepare() {
    Transport transport = Transport.available();
    Turn turn = new Turn();
    loop = new MultiThreadIoEventLoopGroup(1, transport.loop(turn)).next();
    allocator = new LoopAllocator(turn);
    Clusters clusters =
        new Clusters(
            loop,
            transport,
            allocator,
            new Deadlines(loop, Ticker.system()),
            new SharedLoads(),
            UpstreamOptions.DEFAULTS,
            new SplittableRandom(1));
    List<ClusterPlan.EndpointPlan> members =
        IntStream.range(0, endpoints)
            .mapToObj(i ->
                new ClusterPlan.EndpointPlan(
                    new InetSocketAddress("10.0." + i / 250 + "." + i % 250, 80),
                    1 + i % weights,
                    0,
                    ""))
            .toList();
    clusters.install(
        Map.of(
            "shop",
            new ClusterPlan(
                "shop",
                ClusterPlan.UpstreamProtocol.HTTP_1,
                null,
                TimeUnit.SECONDS.toNanos(1),
                balancing,
                ClusterPlan.Limits.DEFAULTS,
                members)));
    cluster = clusters.find("shop");
  }

  @TearDown
  public void stop() {
    allocator.close();
    loop.parent().shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  @Benchmark
  public Object pick() {
    return cluster.pick(0);
  }
}
