package dev.weir.proxy.plan;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Everything the workers run, compiled from one xDS snapshot. Immutable and shared by all event
 * loops; an exchange keeps the parts it started with. Parts whose resources did not change are the
 * same objects as in the plan before.
 *
 * @param listeners by listener name
 * @param clusters by cluster name
 */
public record Plan(Map<String, ListenerPlan> listeners, Map<String, ClusterPlan> clusters) {
  public static final Plan EMPTY = new Plan(Map.of(), Map.of());

  public Plan {
    listeners = Map.copyOf(listeners);
    clusters = Map.copyOf(clusters);
  }

  /** The DNS names of all endpoints. */
  public Set<String> names() {
    Set<String> names = new HashSet<>();
    clusters.values().forEach(cluster -> names.addAll(cluster.names()));
    return names;
  }
}
