package dev.weir.core.xds;

import com.google.protobuf.Descriptors.Descriptor;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import org.jspecify.annotations.Nullable;

/** The kinds of resources in a snapshot. */
public enum ResourceType {
  LISTENER(Listener.getDescriptor()),
  ROUTE_CONFIGURATION(RouteConfiguration.getDescriptor()),
  CLUSTER(Cluster.getDescriptor()),
  CLUSTER_LOAD_ASSIGNMENT(ClusterLoadAssignment.getDescriptor()),
  SECRET(Secret.getDescriptor());

  private final Descriptor message;

  ResourceType(Descriptor message) {
    this.message = message;
  }

  /** The type with that URL, or null if it is none of these. */
  public static @Nullable ResourceType ofUrl(String url) {
    for (ResourceType type : values()) {
      if (type.url().equals(url)) {
        return type;
      }
    }
    return null;
  }

  /** Short name of the message, for people: {@code RouteConfiguration}. */
  public String messageName() {
    return message.getName();
  }

  /** Type URL of the resource as the xDS protocol writes it. */
  public String url() {
    return "type.googleapis.com/" + message.getFullName();
  }
}
