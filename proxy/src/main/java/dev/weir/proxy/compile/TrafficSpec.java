package dev.weir.proxy.compile;

import dev.weir.proxy.plan.TcpPlan;

/** What the connections of a filter chain carry, with the resources that it needs by name. */
sealed interface TrafficSpec permits HttpSpec, TrafficSpec.Tcp {
  /** Needs no other resource: clusters are looked up when a connection comes. */
  record Tcp(TcpPlan plan) implements TrafficSpec {}
}
