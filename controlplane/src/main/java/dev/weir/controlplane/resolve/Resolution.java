package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.Topology;

/** What resolve makes of a cluster state: what the gateways are to do, and what to tell people. */
public record Resolution(Topology topology, Report report) {}
