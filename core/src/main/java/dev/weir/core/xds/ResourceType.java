package dev.weir.core.xds;

import com.google.protobuf.Message;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.Secret;
import org.jspecify.annotations.Nullable;

/** The kinds of resources in a snapshot. */
public enum ResourceType {
  LISTENER(Listener.getDefaultInstance()),
  ROUTE_CONFIGURATION(RouteConfiguration.getDefaultInstance()),
  CLUSTER(Cluster.getDefaultInstance()),
  CLUSTER_LOAD_ASSIGNMENT(ClusterLoadAssignment.getDefaultInstance()),
  SECRET(Secret.getDefaultInstance());

  private final Message instance;
  private final String messageName;
  private final String url;

  /** Told from classes: to make descriptors takes a good part of a start. */
  ResourceType(Message message) {
    this.instance = message;
    this.messageName = message.getClass().getSimpleName();
    this.url = Packing.url(message);
  }

  /** The type with that URL, or null if it is none of these. */
  public static @Nullable ResourceType ofUrl(String url) {
    for (ResourceType type : values()) {
      if (type.url.equals(url)) {
        return type;
      }
    }
    return null;
  }

  /** The message without any field set. */
  public Message instance() {
    return instance;
  }

  /** Short name of the message, for people: {@code RouteConfiguration}. */
  public String messageName() {
    return messageName;
  }

  /** Type URL of the resource as the xDS protocol writes it. */
  public String url() {
    return url;
  }
}
