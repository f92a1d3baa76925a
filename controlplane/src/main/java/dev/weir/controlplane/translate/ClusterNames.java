package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.ResolvedBackend;

/** Names the clusters that backends are. */
interface ClusterNames {
  /** The cluster that never exists; what is routed to it is answered by the route itself. */
  String INVALID = "invalid-backend";

  /** The cluster of a backend, which from now on is part of the snapshot. */
  String of(ResolvedBackend backend);

  /**
   * Makes a cluster part of the snapshot whose name is known.
   *
   * @param name that {@link #of} gave the backend in another run, for a Gateway that shows backends
   *     a certificate if this one does
   */
  void again(String name, ResolvedBackend backend);
}
