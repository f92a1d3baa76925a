package dev.weir.proxy.compile;

import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.ClusterPlan.Balancing;
import dev.weir.proxy.plan.ClusterPlan.EndpointPlan;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.ClusterPlan.UpstreamProtocol;
import dev.weir.proxy.plan.UpstreamTls;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cluster, with the resources that it needs by name.
 *
 * @param tls null for plain text
 */
record ClusterSpec(
    String name,
    UpstreamProtocol protocol,
    TlsSpec.@Nullable Client tls,
    long connectTimeoutNanos,
    Balancing balancing,
    Limits limits,
    Endpoints endpoints) {

  /** Where the endpoints are. */
  sealed interface Endpoints {
    /** In the ClusterLoadAssignment of that name. */
    record Assigned(String assignment) implements Endpoints {}

    /** In the cluster itself. */
    record Inline(List<EndpointPlan> endpoints) implements Endpoints {}
  }

  ClusterPlan plan(@Nullable UpstreamTls upstreamTls, List<EndpointPlan> all) {
    return new ClusterPlan(
        name, protocol, upstreamTls, connectTimeoutNanos, balancing, limits, all);
  }
}
