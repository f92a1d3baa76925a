package dev.weir.controlplane.topology;

import java.util.List;

/**
 * Everything the gateways are to do.
 *
 * @param gateways those that were accepted and have at least one listener that can serve, by
 *     namespace and name
 */
public record Topology(List<GatewayTopology> gateways) {
  /** No gateway at all. */
  public static final Topology EMPTY = new Topology(List.of());

  public Topology {
    gateways = List.copyOf(gateways);
  }
}
