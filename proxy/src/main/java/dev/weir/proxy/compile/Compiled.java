package dev.weir.proxy.compile;

import com.google.protobuf.Message;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.Secret;
import dev.weir.proxy.compile.Compiler.NoDependency;
import dev.weir.proxy.plan.ClusterPlan.EndpointPlan;
import dev.weir.proxy.plan.Plan;
import io.netty.handler.ssl.SslContext;
import java.util.HashMap;
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

  /**
   * The versions that are in use: the snapshot, but of each rejected resource the last good version
   * instead, if there is one.
   */
  public XdsSnapshot running() {
    return new XdsSnapshot(
        running(snapshot.listeners(), parts.listeners()),
        running(snapshot.routes(), parts.routes()),
        running(snapshot.clusters(), parts.clusters()),
        running(snapshot.endpoints(), parts.endpoints()),
        running(snapshot.secrets(), parts.secrets()));
  }

  private static <M extends Message> Map<String, Resource<M>> running(
      Map<String, Resource<M>> offered, Map<String, ? extends Held<M, ?, ?>> held) {
    if (held.values().stream().allMatch(each -> each.error() == null)) {
      return offered;
    }
    Map<String, Resource<M>> running = HashMap.newHashMap(held.size());
    held.forEach((name, each) -> {
      if (each.running() != null) {
        running.put(name, each.running());
      }
    });
    return running;
  }

  /**
   * The route configurations, endpoints and secrets that the listeners and clusters in use refer to
   * by name, whether they are there or not.
   */
  public Set<ResourceKey> references() {
    References references = new References();
    for (Held<Listener, ListenerSpec, NoDependency> held : parts.listeners().values()) {
      if (held.value() != null) {
        references.of(held.value());
      }
    }
    for (Held<Cluster, ClusterSpec, NoDependency> held : parts.clusters().values()) {
      if (held.value() != null) {
        references.of(held.value());
      }
    }
    return references.all();
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
