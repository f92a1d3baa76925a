package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.AttachedListener;
import dev.weir.controlplane.topology.AttachedListener.HttpListener;
import dev.weir.controlplane.topology.AttachedListener.StreamListener;
import dev.weir.controlplane.topology.AttachedListener.TlsListener;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.ListenPort;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.TlsTermination;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.listener.v3.AdditionalAddress;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.listener.v3.QuicProtocolOptions;
import io.envoyproxy.envoy.config.listener.v3.UdpListenerConfig;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes a port of a Gateway as a Listener, and what its connection managers serve. */
final class ListenerTranslator {
  private static final ListenerFilter TLS_INSPECTOR =
      ListenerFilter.newBuilder()
          .setName("envoy.filters.listener.tls_inspector")
          .setTypedConfig(Messages.packed(TlsInspector.getDefaultInstance()))
          .build();

  private final GatewayTopology gateway;
  private final FilterCatalog filters;
  private final ClusterNames clusters;
  private final DownstreamTlsTranslator tls;
  private final HttpConnectionManagerTranslator managers;

  ListenerTranslator(
      GatewayTopology gateway,
      FilterCatalog filters,
      ClusterNames clusters,
      SecretTranslator secrets) {
    this.gateway = gateway;
    this.filters = filters;
    this.clusters = clusters;
    this.tls = new DownstreamTlsTranslator(secrets);
    this.managers = new HttpConnectionManagerTranslator(filters);
  }

  /**
   * A listener and the route configurations that it asks for.
   *
   * @param http3 the same for QUIC, or null if nothing is served over HTTP/3
   */
  record PortXds(Listener listener, @Nullable Listener http3, List<RouteConfiguration> routes) {}

  PortXds translate(ListenPort port) {
    String name = gateway.gateway() + "/port/" + port.port();
    Listener.Builder listener = Listener.newBuilder().setName(name);
    addresses(port.port(), listener);

    List<RouteConfiguration> routes = new ArrayList<>();
    List<HttpListener> plain = new ArrayList<>();
    List<FilterChain> http3 = new ArrayList<>();
    for (AttachedListener attached : port.listeners()) {
      switch (attached) {
        case HttpListener http when http.tls() == null -> plain.add(http);
        case HttpListener https -> {
          String chain = https.ref().toString();
          TlsTermination termination = Objects.requireNonNull(https.tls());
          FilterChain match = serverNames(https.hostname());
          boolean overQuic = gateway.servesHttp3(https, port.port());
          FilterApplication used =
              routes(
                  chain,
                  List.of(https),
                  port.port(),
                  overQuic ? List.of(altSvc(port.port())) : List.of(),
                  routes);
          listener.addFilterChains(
              chain(chain, managers.translate(chain, used))
                  .setTransportSocket(tls.translate(https.ref(), termination))
                  .mergeFrom(match));
          if (overQuic) {
            http3.add(
                chain(chain, managers.overQuic(chain, used))
                    .setTransportSocket(tls.overQuic(termination))
                    .mergeFrom(match)
                    .build());
          }
        }
        // Only there if TLSRoute, TCPRoute or UDPRoute are claimed as features: not yet.
        case TlsListener ignored -> {}
        case StreamListener ignored -> {}
      }
    }
    if (listener.getFilterChainsCount() > 0) {
      listener.addListenerFilters(TLS_INSPECTOR);
    }
    if (!plain.isEmpty()) {
      FilterApplication used = routes(name, plain, port.port(), List.of(), routes);
      listener.addFilterChains(chain(name, managers.translate(name, used)));
    }
    return new PortXds(
        listener.build(), http3.isEmpty() ? null : http3(name, port.port(), http3), routes);
  }

  private Listener http3(String port, int number, List<FilterChain> chains) {
    Listener.Builder listener =
        Listener.newBuilder()
            .setName(port + "/http3")
            .addAllFilterChains(chains)
            .setUdpListenerConfig(
                UdpListenerConfig.newBuilder()
                    .setQuicOptions(QuicProtocolOptions.getDefaultInstance()));
    addresses(number, listener);
    listener.getAddressBuilder().getSocketAddressBuilder().setProtocol(SocketAddress.Protocol.UDP);
    for (AdditionalAddress.Builder more : listener.getAdditionalAddressesBuilderList()) {
      more.getAddressBuilder().getSocketAddressBuilder().setProtocol(SocketAddress.Protocol.UDP);
    }
    return listener.build();
  }

  /** Tells clients of TCP where HTTP/3 is (RFC 7838), for a day. */
  private static HeaderValueOption altSvc(int port) {
    return HeaderValueOption.newBuilder()
        .setHeader(
            HeaderValue.newBuilder().setKey("alt-svc").setValue("h3=\":" + port + "\"; ma=86400"))
        .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
        .build();
  }

  private void addresses(int port, Listener.Builder out) {
    if (gateway.addresses().isEmpty()) {
      // All addresses of the machine, those of IPv4 included.
      out.setAddress(
          Address.newBuilder()
              .setSocketAddress(
                  SocketAddress.newBuilder()
                      .setAddress("::")
                      .setPortValue(port)
                      .setIpv4Compat(true)));
      return;
    }
    out.setAddress(EndpointTranslator.socket(gateway.addresses().getFirst(), port));
    for (String more : gateway.addresses().subList(1, gateway.addresses().size())) {
      out.addAdditionalAddresses(
          AdditionalAddress.newBuilder().setAddress(EndpointTranslator.socket(more, port)));
    }
  }

  /** Adds a RouteConfiguration; returns the filters that its routes configure. */
  private FilterApplication routes(
      String name,
      List<HttpListener> listeners,
      int port,
      List<HeaderValueOption> added,
      List<RouteConfiguration> routes) {
    FilterApplication application = new FilterApplication(filters, clusters, port);
    routes.add(
        new RouteConfigurationTranslator(new RouteTranslator(application, clusters))
            .translate(name, listeners).toBuilder().addAllResponseHeadersToAdd(added).build());
    return application;
  }

  private static FilterChain.Builder chain(String name, Filter manager) {
    return FilterChain.newBuilder().setName(name).addFilters(manager);
  }

  private static FilterChain serverNames(Hostname hostname) {
    FilterChain.Builder out = FilterChain.newBuilder();
    if (!hostname.equals(Hostname.ANY)) {
      out.getFilterChainMatchBuilder().addServerNames(hostname.text());
    }
    return out.build();
  }
}
