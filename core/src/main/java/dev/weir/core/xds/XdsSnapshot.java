package dev.weir.core.xds;

import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.Map;

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
   * One resource.
   *
   * @param version hash of the content: equal versions of one name mean equal messages
   */
  public record Resource<M extends Message>(String name, String version, M message) {}
}
