package dev.weir.controlplane.translate;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.JsonFormat.TypeRegistry;
import dev.weir.core.filter.Feature;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.core.v3.DataSource;
import dev.weir.envoy.config.route.v3.RedirectAction;
import dev.weir.envoy.config.route.v3.RouteAction;
import dev.weir.envoy.extensions.filters.http.router.v3.Router;
import dev.weir.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import dev.weir.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import dev.weir.envoy.extensions.filters.udp.udp_proxy.v3.Route;
import dev.weir.envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig;
import dev.weir.envoy.extensions.http.original_ip_detection.xff.v3.XffConfig;
import dev.weir.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import dev.weir.envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.Secret;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import dev.weir.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import tools.jackson.databind.json.JsonMapper;

/**
 * Prints snapshots for people: a list for each type, by name, with the field names of Envoy's
 * reference. Private keys are left out.
 */
public final class XdsYaml {
  private static final List<Message> PACKED =
      List.of(
          DownstreamTlsContext.getDefaultInstance(),
          HttpConnectionManager.getDefaultInstance(),
          HttpProtocolOptions.getDefaultInstance(),
          PreviousHostsPredicate.getDefaultInstance(),
          QuicDownstreamTransport.getDefaultInstance(),
          RedirectAction.getDefaultInstance(),
          RouteAction.getDefaultInstance(),
          Route.getDefaultInstance(),
          Router.getDefaultInstance(),
          TcpProxy.getDefaultInstance(),
          TcpProxy.WeightedCluster.getDefaultInstance(),
          TlsInspector.getDefaultInstance(),
          UdpProxyConfig.getDefaultInstance(),
          UpstreamTlsContext.getDefaultInstance(),
          XffConfig.getDefaultInstance());

  private static final DataSource REDACTED =
      DataSource.newBuilder().setInlineString("[redacted]").build();

  private final JsonFormat.Printer printer;
  private final JsonMapper json = JsonMapper.shared();

  /**
   * A printer.
   *
   * @param features whose messages may be in a snapshot
   */
  public XdsYaml(List<Feature> features) {
    TypeRegistry.Builder types = TypeRegistry.newBuilder();
    PACKED.forEach(message -> types.add(message.getDescriptorForType()));
    for (Feature feature : features) {
      for (HttpFilterType<?, ?> type : feature.httpFilters()) {
        types.add(type.config().getDescriptorForType());
        types.add(type.routeConfig().getDescriptorForType());
        type.extensions().forEach(message -> types.add(message.getDescriptorForType()));
      }
    }
    printer = JsonFormat.printer().preservingProtoFieldNames().usingTypeRegistry(types.build());
  }

  /** The snapshot as YAML. */
  public String print(XdsSnapshot snapshot) {
    return new Dump(
            DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setIndicatorIndent(0)
                .setWidth(120)
                .build())
        .dumpToString(tree(snapshot));
  }

  /** The snapshot as maps, lists and scalars. */
  public Map<String, Object> tree(XdsSnapshot snapshot) {
    Map<String, Object> out = new LinkedHashMap<>();
    put("listeners", snapshot.listeners(), out);
    put("route_configurations", snapshot.routes(), out);
    put("clusters", snapshot.clusters(), out);
    put("cluster_load_assignments", snapshot.endpoints(), out);
    put("secrets", snapshot.secrets(), out);
    return out;
  }

  private void put(
      String type, Map<String, ? extends Resource<?>> resources, Map<String, Object> out) {
    List<Object> messages = new ArrayList<>();
    for (Resource<?> resource : new TreeMap<>(resources).values()) {
      messages.add(tree(resource.message()));
    }
    if (!messages.isEmpty()) {
      out.put(type, messages);
    }
  }

  private Object tree(Message message) {
    try {
      return namesFirst(json.readValue(printer.print(redacted(message)), Map.class));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("holds a message that no feature declares", e);
    }
  }

  /** The same with {@code name} first in every message, wherever Envoy's numbering has put it. */
  private static Object namesFirst(Object value) {
    return switch (value) {
      case Map<?, ?> fields -> {
        Map<Object, Object> out = new LinkedHashMap<>();
        if (fields.get("name") instanceof String name) {
          out.put("name", name);
        }
        fields.forEach((field, each) -> out.putIfAbsent(field, namesFirst(each)));
        yield out;
      }
      case List<?> list -> list.stream().map(XdsYaml::namesFirst).toList();
      default -> value;
    };
  }

  private static Message redacted(Message message) {
    if (message instanceof Secret secret && secret.hasTlsCertificate()) {
      Secret.Builder out = secret.toBuilder();
      out.getTlsCertificateBuilder().setPrivateKey(REDACTED);
      return out.build();
    }
    return message;
  }
}
