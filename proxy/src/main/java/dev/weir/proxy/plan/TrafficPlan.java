package dev.weir.proxy.plan;

/** What the connections of a filter chain carry, and what is done with it. */
public sealed interface TrafficPlan permits HttpPlan, TcpPlan {
  /** Stat prefix: what metrics and logs call it. */
  String name();
}
