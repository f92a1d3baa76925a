package dev.weir.proxy.server;

import dev.weir.proxy.upstream.ClusterSnapshot;
import java.util.List;
import java.util.Map;

/**
 * What lived on one worker at one moment.
 *
 * @param connections open downstream connections by listener
 * @param exchanges running now
 * @param clusters endpoints with their counters
 */
public record WorkerSnapshot(
    Map<String, Integer> connections, int exchanges, List<ClusterSnapshot> clusters) {
  public WorkerSnapshot {
    connections = Map.copyOf(connections);
    clusters = List.copyOf(clusters);
  }
}
