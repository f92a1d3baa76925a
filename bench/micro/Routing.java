package dev.weir.bench;

import dev.weir.core.failure.Reason;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.Action;
import dev.weir.proxy.plan.PathMatch;
import dev.weir.proxy.plan.RoutePlan;
import dev.weir.proxy.plan.RouteTable;
import java.nio.charset.StandardCharsets;
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

/** Finding the route of a request among many: ten path prefixes on each host. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Routing {
  private static final int ON_A_HOST = 10;

  @Param({"10", "1000", "10000"})
  public int routes;

  private RouteTable table;
  private RequestHead[] requests;
  private int next;

  @Setup
  public void prepare() {
    List<RouteTable.Host> hosts = new ArrayList<>();
    List<RequestHead> heads = new ArrayList<>();
    for (int host = 0; host < routes / ON_A_HOST; host++) {
      String name = "h" + host + ".example";
      List<RouteTable.Entry> entries = new ArrayList<>();
      for (int i = 0; i < ON_A_HOST; i++) {
        String path = "/service" + i + "/items";
        entries.add(
            new RouteTable.Entry(
                new PathMatch.SegmentPrefix(path),
                List.of(),
                new RoutePlan(
                    name + path,
                    new Action.Respond(200, Reason.DIRECT_RESPONSE, new byte[0]),
                    new CompiledFilter[0])));
        heads.add(get(name, path + "/42"));
      }
      hosts.add(new RouteTable.Host(List.of(name), entries));
    }
    table = new RouteTable(hosts, RouteTable.Ports.IGNORED);
    requests = heads.toArray(RequestHead[]::new);
  }

  private static RequestHead get(String host, String path) {
    RequestHead head = new RequestHead(new Fields(128));
    head.method("GET".getBytes(StandardCharsets.US_ASCII));
    head.target(path.getBytes(StandardCharsets.US_ASCII));
    head.authority(host.getBytes(StandardCharsets.US_ASCII));
    return head;
  }

  /** Each time another host and path, so that the memory of all of them is needed. */
  @Benchmark
  public Object route() {
    next = (next + 7919) % requests.length;
    return table.route(requests[next]);
  }
}
