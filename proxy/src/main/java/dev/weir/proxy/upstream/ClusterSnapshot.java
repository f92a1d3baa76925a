package dev.weir.proxy.upstream;

import java.util.List;

/** One cluster as one worker sees it at one moment. */
public record ClusterSnapshot(String name, List<EndpointSnapshot> endpoints) {
  public ClusterSnapshot {
    endpoints = List.copyOf(endpoints);
  }
}
