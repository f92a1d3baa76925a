package dev.weir.proxy.compile;

import com.google.gson.Gson;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.JsonFormat.TypeRegistry;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.FilterConfig;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.http.buffer.v3.Buffer;
import io.envoyproxy.envoy.extensions.filters.http.buffer.v3.BufferPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.header_mutation.v3.HeaderMutation;
import io.envoyproxy.envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.filters.udp.udp_proxy.v3.Route;
import io.envoyproxy.envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig;
import io.envoyproxy.envoy.extensions.http.original_ip_detection.xff.v3.XffConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Snapshots written as YAML: lists of resources under {@code listeners}, {@code routes}, {@code
 * clusters}, {@code endpoints} and {@code secrets}, with the field names of Envoy's reference. They
 * are read as from the wire: fields that Weir does not support are unknown to it.
 */
public final class XdsText {
  private static final JsonFormat.Parser PARSER =
      JsonFormat.parser()
          .usingTypeRegistry(
              TypeRegistry.newBuilder()
                  .add(
                      List.of(
                          Buffer.getDescriptor(),
                          BufferPerRoute.getDescriptor(),
                          DownstreamTlsContext.getDescriptor(),
                          QuicDownstreamTransport.getDescriptor(),
                          FilterConfig.getDescriptor(),
                          HeaderMutation.getDescriptor(),
                          HeaderMutationPerRoute.getDescriptor(),
                          HttpConnectionManager.getDescriptor(),
                          HttpProtocolOptions.getDescriptor(),
                          RedirectAction.getDescriptor(),
                          RouteAction.getDescriptor(),
                          Router.getDescriptor(),
                          Route.getDescriptor(),
                          TcpProxy.getDescriptor(),
                          TcpProxy.WeightedCluster.getDescriptor(),
                          TlsInspector.getDescriptor(),
                          UdpProxyConfig.getDescriptor(),
                          UpstreamTlsContext.getDescriptor(),
                          XffConfig.getDescriptor()))
                  .build());

  private XdsText() {}

  /** The snapshot that {@code yaml} describes; versions are hashes of the content. */
  public static XdsSnapshot snapshot(String yaml) {
    Object tree = new Load(LoadSettings.builder().build()).loadFromString(yaml);
    Map<?, ?> root = tree instanceof Map<?, ?> map ? map : Map.of();
    return new XdsSnapshot(
        resources(root, "listeners", "name", Listener::newBuilder, ResourceType.LISTENER),
        resources(
            root,
            "routes",
            "name",
            RouteConfiguration::newBuilder,
            ResourceType.ROUTE_CONFIGURATION),
        resources(root, "clusters", "name", Cluster::newBuilder, ResourceType.CLUSTER),
        resources(
            root,
            "endpoints",
            "cluster_name",
            ClusterLoadAssignment::newBuilder,
            ResourceType.CLUSTER_LOAD_ASSIGNMENT),
        resources(root, "secrets", "name", Secret::newBuilder, ResourceType.SECRET));
  }

  private static <M extends Message> Map<String, Resource<M>> resources(
      Map<?, ?> root,
      String section,
      String nameField,
      Supplier<? extends Message.Builder> sent,
      ResourceType read) {
    Map<String, Resource<M>> resources = new HashMap<>();
    List<?> all = root.get(section) instanceof List<?> list ? list : List.of();
    for (Object tree : new ArrayList<>(all)) {
      Message message = message(new Gson().toJson(tree), sent.get());
      Object name = message.getField(message.getDescriptorForType().findFieldByName(nameField));
      @SuppressWarnings("unchecked") // the caller says which
      M typed = (M) parsed(message.toByteString(), read);
      String version = Integer.toHexString(message.toByteString().hashCode());
      resources.put((String) name, new Resource<>((String) name, version, typed));
    }
    return resources;
  }

  private static Message message(String json, Message.Builder builder) {
    try {
      PARSER.merge(json, builder);
      return builder.build();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(json, e);
    }
  }

  private static Message parsed(ByteString bytes, ResourceType type) {
    try {
      return type.instance().getParserForType().parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(type.url(), e);
    }
  }

  /** Text as a YAML scalar of one line. */
  public static String quoted(String text) {
    return new Gson().toJson(text);
  }
}
