package dev.weir.proxy.compile;

import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.proxy.compile.Compiler.NoDependency;
import dev.weir.proxy.plan.ClusterPlan.EndpointPlan;
import dev.weir.proxy.plan.Plan;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What came of a snapshot: the plan, the verdict on each resource, and what the next compilation
 * needs to keep what has not changed and to fall back on what was good. Immutable.
 */
public final class Compiled {
  /** Before the first snapshot. */
  public static final Compiled NOTHING =
      new Compiled(
          XdsSnapshot.EMPTY,
          new Parts(Map.of(), Map.of(), Map.of(), Map.of(), Map.of()),
          Map.of(),
          Plan.EMPTY,
          Map.of());

  private final XdsSnapshot snapshot;
  private final Parts parts;
  private final Map<Record, SslContext> contexts;
  private final Plan plan;
  private final Map<ResourceKey, Verdict> verdicts;

  Compiled(
      XdsSnapshot snapshot,
      Parts parts,
      Map<Record, SslContext> contexts,
      Plan plan,
      Map<ResourceKey, Verdict> verdicts) {
    this.snapshot = snapshot;
    this.parts = parts;
    this.contexts = contexts;
    this.plan = plan;
    this.verdicts = verdicts;
  }

  /** The snapshot that was compiled. */
  public XdsSnapshot snapshot() {
    return snapshot;
  }

  /** What the workers are to run; parts that did not change are those of the plan before. */
  public Plan plan() {
    return plan;
  }

  /** One verdict for each resource of the snapshot. */
  public Map<ResourceKey, Verdict> verdicts() {
    return verdicts;
  }

  Parts parts() {
    return parts;
  }

  Map<Record, SslContext> contexts() {
    return contexts;
  }

  /**
   * All resources, each compiled as far as it goes by itself.
   *
   * @param routes a table for each chain of filters that the routes are used with
   */
  record Parts(
      Map<String, Held<Secret, SecretValue, NoDependency>> secrets,
      Map<String, Held<ClusterLoadAssignment, List<EndpointPlan>, NoDependency>> endpoints,
      Map<String, Held<Cluster, ClusterSpec, NoDependency>> clusters,
      Map<String, Held<Listener, ListenerSpec, NoDependency>> listeners,
      Map<
              String,
              Held<RouteConfiguration, Map<HttpFilterChain, CompiledRoutes>, Set<HttpFilterChain>>>
          routes) {}
}
