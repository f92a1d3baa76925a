package dev.weir.proxy.upstream;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** What the workers of a process share about clusters: how much each is asked for. */
public final class SharedLoads {
  private final ConcurrentMap<String, ClusterLoad> byCluster = new ConcurrentHashMap<>();

  ClusterLoad of(String cluster) {
    return byCluster.computeIfAbsent(cluster, name -> new ClusterLoad());
  }

  /** Forgets all clusters but these. */
  public void retain(Set<String> clusters) {
    byCluster.keySet().retainAll(clusters);
  }
}
