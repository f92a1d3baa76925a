package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.ResolvedBackend;

/** Names the clusters that backends are. */
@FunctionalInterface
interface ClusterNames {
  /** The cluster that never exists; what is routed to it is answered by the route itself. */
  String INVALID = "invalid-backend";

  /** The cluster of a backend, which from now on is part of the snapshot. */
  String of(ResolvedBackend backend);
}
