package dev.weir.proxy.compile;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.route.v3.FilterConfig;
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
import dev.weir.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import dev.weir.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The messages that the proxy understands inside an {@code Any}. */
final class KnownTypes {
  private static final List<Message> OWN =
      List.of(
          HttpConnectionManager.getDefaultInstance(),
          Router.getDefaultInstance(),
          TlsInspector.getDefaultInstance(),
          DownstreamTlsContext.getDefaultInstance(),
          QuicDownstreamTransport.getDefaultInstance(),
          UpstreamTlsContext.getDefaultInstance(),
          HttpProtocolOptions.getDefaultInstance(),
          TcpProxy.getDefaultInstance(),
          TcpProxy.WeightedCluster.getDefaultInstance(),
          UdpProxyConfig.getDefaultInstance(),
          Route.getDefaultInstance(),
          XffConfig.getDefaultInstance(),
          PreviousHostsPredicate.getDefaultInstance(),
          FilterConfig.getDefaultInstance(),
          RouteAction.getDefaultInstance(),
          RedirectAction.getDefaultInstance());

  private final Map<String, Message> byName = new HashMap<>();

  KnownTypes(Collection<HttpFilterType<?, ?>> filters) {
    OWN.forEach(this::add);
    for (HttpFilterType<?, ?> filter : filters) {
      add(filter.config());
      add(filter.routeConfig());
      filter.extensions().forEach(this::add);
    }
  }

  private void add(Message instance) {
    byName.put(Packing.typeName(instance), instance.getDefaultInstanceForType());
  }

  /** The message in {@code any}. */
  Message unpack(Any any, FieldPath path) throws InvalidConfig {
    String url = any.getTypeUrl();
    if (url.isEmpty()) {
      throw path.invalid("names no message type");
    }
    Message instance = byName.get(Packing.typeName(url));
    if (instance == null) {
      throw path.invalid("has the type \"" + url + "\", which the proxy does not implement");
    }
    try {
      return instance.getParserForType().parseFrom(any.getValue());
    } catch (InvalidProtocolBufferException e) {
      throw path.invalid("is no valid message of the type \"" + url + "\": " + e.getMessage());
    }
  }

  /** The message in {@code any}, which has to be of that type. */
  <M extends Message> M unpack(Any any, Class<M> type, FieldPath path) throws InvalidConfig {
    Message message = unpack(any, path);
    if (!type.isInstance(message)) {
      throw path.invalid(
          "is a "
              + Packing.typeName(message)
              + "; only "
              + type.getSimpleName()
              + " is possible here");
    }
    return type.cast(message);
  }
}
