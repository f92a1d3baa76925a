package dev.weir.controlplane.topology;

import java.util.List;

/**
 * Where the connections or datagrams of a listener go.
 *
 * @param backends not empty; those that are invalid get their share refused
 */
public record StreamRule(RouteRule.Ref ref, List<WeightedBackend> backends) {
  public StreamRule {
    backends = List.copyOf(backends);
  }
}
