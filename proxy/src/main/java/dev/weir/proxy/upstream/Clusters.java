package dev.weir.proxy.upstream;

import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.LoopAllocator;
import dev.weir.proxy.loop.Transport;
import dev.weir.proxy.plan.ClusterPlan;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** All clusters of one worker. On its event loop only. */
public final class Clusters {
  private final Map<String, ClusterState> byName = new HashMap<>();
  private final Map<String, List<InetAddress>> names = new HashMap<>();
  private final Connector connector;
  private final SharedLoads loads;
  private final UpstreamOptions options;
  private final SplittableRandom random;
  private final Deadlines deadlines;

  public Clusters(
      EventLoop loop,
      Transport transport,
      LoopAllocator allocator,
      Deadlines deadlines,
      SharedLoads loads,
      UpstreamOptions options,
      SplittableRandom random) {
    this.connector = new Connector(loop, transport, allocator, deadlines);
    this.deadlines = deadlines;
    this.loads = loads;
    this.options = options;
    this.random = random;
  }

  /** Has these clusters from now on; those that stay keep their state. */
  public void install(Map<String, ClusterPlan> plans) {
    names.keySet().retainAll(namesOf(plans));
    byName
        .values()
        .removeIf(cluster -> {
          if (plans.containsKey(cluster.name())) {
            return false;
          }
          cluster.remove();
          return true;
        });
    for (ClusterPlan plan : plans.values()) {
      ClusterState cluster = byName.get(plan.name());
      if (cluster == null) {
        byName.put(plan.name(), new ClusterState(plan, this));
      } else if (!cluster.plan().equals(plan)) {
        cluster.update(plan);
      }
    }
  }

  private static Set<String> namesOf(Map<String, ClusterPlan> plans) {
    Set<String> names = new HashSet<>();
    plans.values().forEach(plan -> names.addAll(plan.names()));
    return names;
  }

  /** DNS says that {@code name} has these addresses. */
  public void resolved(String name, List<InetAddress> addresses) {
    List<InetAddress> before = names.put(name, addresses);
    if (!addresses.equals(before)) {
      for (ClusterState cluster : byName.values()) {
        cluster.namesChanged(name);
      }
    }
  }

  /** What DNS said of {@code name} last; empty if nothing yet. */
  List<InetAddress> resolved(String name) {
    return names.getOrDefault(name, List.of());
  }

  /** The cluster of that name, or null if the plan has none. */
  public @Nullable ClusterState find(String name) {
    return byName.get(name);
  }

  /** All clusters at this moment. */
  public List<ClusterSnapshot> snapshot() {
    long now = deadlines.now();
    List<ClusterSnapshot> all = new ArrayList<>(byName.size());
    byName.values().forEach(cluster -> all.add(cluster.snapshot(now)));
    return all;
  }

  /** Closes connections as soon as nothing runs on them. */
  public void drain() {
    byName.values().forEach(ClusterState::remove);
  }

  Connector connector() {
    return connector;
  }

  ClusterLoad load(String cluster) {
    return loads.of(cluster);
  }

  UpstreamOptions options() {
    return options;
  }

  long now() {
    return deadlines.now();
  }

  SplittableRandom random() {
    return random;
  }
}
