package dev.weir.core.xds;

import com.google.protobuf.Message;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Everything one proxy is to run, as Envoy v3 resources: the only contract between the control
 * plane and the data plane. Immutable. Resource names are paths of the objects they come from.
 */
public record XdsSnapshot(
    Map<String, Resource<Listener>> listeners,
    Map<String, Resource<RouteConfiguration>> routes,
    Map<String, Resource<Cluster>> clusters,
    Map<String, Resource<ClusterLoadAssignment>> endpoints,
    Map<String, Resource<Secret>> secrets) {

  /** What a proxy runs before it was told anything. */
  public static final XdsSnapshot EMPTY =
      new XdsSnapshot(Map.of(), Map.of(), Map.of(), Map.of(), Map.of());

  public XdsSnapshot {
    listeners = Map.copyOf(listeners);
    routes = Map.copyOf(routes);
    clusters = Map.copyOf(clusters);
    endpoints = Map.copyOf(endpoints);
    secrets = Map.copyOf(secrets);
  }

  /**
   * All resources of several snapshots. Resources of one name are the same in all of them, because
   * it is the path of what they were made from.
   */
  public static XdsSnapshot union(Collection<XdsSnapshot> snapshots) {
    return switch (snapshots.size()) {
      case 0 -> EMPTY;
      case 1 -> snapshots.iterator().next();
      default ->
          new XdsSnapshot(
              union(snapshots, XdsSnapshot::listeners),
              union(snapshots, XdsSnapshot::routes),
              union(snapshots, XdsSnapshot::clusters),
              union(snapshots, XdsSnapshot::endpoints),
              union(snapshots, XdsSnapshot::secrets));
    };
  }

  /** The same, with the map of {@code before} for each type that did not change since. */
  public XdsSnapshot keeping(XdsSnapshot before) {
    return new XdsSnapshot(
        listeners.equals(before.listeners) ? before.listeners : listeners,
        routes.equals(before.routes) ? before.routes : routes,
        clusters.equals(before.clusters) ? before.clusters : clusters,
        endpoints.equals(before.endpoints) ? before.endpoints : endpoints,
        secrets.equals(before.secrets) ? before.secrets : secrets);
  }

  /** The resources of a type, by name. */
  public Map<String, ? extends Resource<?>> resources(ResourceType type) {
    return switch (type) {
      case LISTENER -> listeners;
      case ROUTE_CONFIGURATION -> routes;
      case CLUSTER -> clusters;
      case CLUSTER_LOAD_ASSIGNMENT -> endpoints;
      case SECRET -> secrets;
    };
  }

  /**
   * A short word for the content, for people: the same for equal snapshots. Endpoints do not take
   * part: they change all the time.
   */
  public String fingerprint() {
    long sum = 0;
    for (Map<String, ? extends Resource<?>> type : List.of(listeners, routes, clusters, secrets)) {
      for (Resource<?> resource : type.values()) {
        long hash = resource.name().hashCode() * 31L + resource.version().hashCode();
        // Spread, so that the sum does not depend on order but on every resource.
        hash *= 0x9e3779b97f4a7c15L;
        sum += hash ^ (hash >>> 29);
      }
    }
    return "%08x".formatted((int) (sum ^ (sum >>> 32)));
  }

  private static <M extends Message> Map<String, Resource<M>> union(
      Collection<XdsSnapshot> snapshots, Function<XdsSnapshot, Map<String, Resource<M>>> type) {
    Map<String, Resource<M>> all = new HashMap<>();
    snapshots.forEach(snapshot -> all.putAll(type.apply(snapshot)));
    return all;
  }

  /**
   * One resource.
   *
   * @param version hash of the content: equal versions of one name mean equal messages
   */
  public record Resource<M extends Message>(String name, String version, M message) {}
}
