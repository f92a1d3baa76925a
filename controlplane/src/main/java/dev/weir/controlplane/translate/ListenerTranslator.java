package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.AttachedListener;
import dev.weir.controlplane.topology.AttachedListener.HttpListener;
import dev.weir.controlplane.topology.AttachedListener.StreamListener;
import dev.weir.controlplane.topology.AttachedListener.TlsListener;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.ListenPort;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.TlsTermination;
import dev.weir.controlplane.translate.KnownHosts.Place;
import dev.weir.core.xds.Packing;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.core.v3.Address;
import dev.weir.envoy.config.core.v3.HeaderValue;
import dev.weir.envoy.config.core.v3.HeaderValueOption;
import dev.weir.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import dev.weir.envoy.config.core.v3.SocketAddress;
import dev.weir.envoy.config.core.v3.SocketAddress.Protocol;
import dev.weir.envoy.config.listener.v3.AdditionalAddress;
import dev.weir.envoy.config.listener.v3.Filter;
import dev.weir.envoy.config.listener.v3.FilterChain;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.listener.v3.ListenerFilter;
import dev.weir.envoy.config.listener.v3.QuicProtocolOptions;
import dev.weir.envoy.config.listener.v3.UdpListenerConfig;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Writes a port of a Gateway as a Listener, and what its connection managers serve. */
final class ListenerTranslator {
  private static final ListenerFilter TLS_INSPECTOR =
      ListenerFilter.newBuilder()
          .setName("envoy.filters.listener.tls_inspector")
          .setTypedConfig(Packing.packed(TlsInspector.getDefaultInstance()))
          .build();

  private static final List<String> HTTP_ALPN = List.of("h2", "http/1.1");

  private final GatewayTopology gateway;
  private final FilterCatalog filters;
  private final ClusterTranslator clusters;
  private final KnownHosts known;
  private final DownstreamTlsTranslator tls;
  private final HttpConnectionManagerTranslator managers;
  private final StreamChainTranslator streams;

  ListenerTranslator(
      GatewayTopology gateway,
      FilterCatalog filters,
      ClusterTranslator clusters,
      SecretTranslator secrets,
      KnownHosts known) {
    this.gateway = gateway;
    this.filters = filters;
    this.clusters = clusters;
    this.known = known;
    this.tls = new DownstreamTlsTranslator(secrets);
    this.managers = new HttpConnectionManagerTranslator(filters, gateway.http());
    this.streams = new StreamChainTranslator(new ProxyFilterTranslator(clusters), tls);
  }

  /**
   * The listeners of a port and the route configurations that they ask for.
   *
   * @param listeners that for the port's own transport, and one for QUIC if there is HTTP/3
   */
  record PortXds(List<Listener> listeners, List<Resource<RouteConfiguration>> routes) {}

  PortXds translate(ListenPort port) {
    return switch (port.transport()) {
      case TCP -> connections(port);
      case UDP -> datagrams(port);
    };
  }

  private PortXds connections(ListenPort port) {
    String name = gateway.gateway() + "/port/" + port.port();
    Listener.Builder listener = Listener.newBuilder().setName(name);
    addresses(port.port(), Protocol.TCP, listener);

    List<Resource<RouteConfiguration>> routes = new ArrayList<>();
    List<HttpListener> plain = new ArrayList<>();
    List<FilterChain> http3 = new ArrayList<>();
    boolean secure = false;
    for (AttachedListener attached : port.listeners()) {
      switch (attached) {
        case HttpListener http when http.tls() == null -> plain.add(http);
        case HttpListener https -> {
          secure = true;
          String chain = https.ref().toString();
          TlsTermination termination = Objects.requireNonNull(https.tls());
          FilterChain match = serverNames(https.hostname());
          boolean overQuic = gateway.http3().contains(port.port());
          List<HeaderValueOption> added = overQuic ? List.of(altSvc(port.port())) : List.of();
          FilterUse used = routes(chain, List.of(https), port.port(), added, routes);
          listener.addFilterChains(
              chain(chain, managers.translate(chain, used))
                  .setTransportSocket(tls.translate(https.ref(), termination, HTTP_ALPN))
                  .mergeFrom(match));
          if (overQuic) {
            http3.add(
                chain(chain, managers.overQuic(chain, used))
                    .setTransportSocket(tls.overQuic(termination))
                    .mergeFrom(match)
                    .build());
          }
        }
        case TlsListener tlsStreams -> {
          secure = true;
          listener.addAllFilterChains(streams.translate(tlsStreams));
        }
        case StreamListener all -> listener.addFilterChains(streams.translate(all));
      }
    }
    if (secure) {
      listener.addListenerFilters(TLS_INSPECTOR);
    }
    if (!plain.isEmpty()) {
      FilterUse used = routes(name, plain, port.port(), List.of(), routes);
      listener.addFilterChains(chain(name, managers.translate(name, used)));
    }
    List<Listener> listeners = new ArrayList<>(List.of(listener.build()));
    if (!http3.isEmpty()) {
      listeners.add(http3(name, port.port(), http3));
    }
    return new PortXds(listeners, routes);
  }

  private Listener http3(String port, int number, List<FilterChain> chains) {
    Listener.Builder listener =
        Listener.newBuilder()
            .setName(port + "/http3")
            .addAllFilterChains(chains)
            .setUdpListenerConfig(
                UdpListenerConfig.newBuilder()
                    .setQuicOptions(QuicProtocolOptions.getDefaultInstance()));
    addresses(number, Protocol.UDP, listener);
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

  private PortXds datagrams(ListenPort port) {
    Listener.Builder listener =
        Listener.newBuilder().setName(gateway.gateway() + "/port/" + port.port() + "/udp");
    addresses(port.port(), Protocol.UDP, listener);
    listener.setUdpListenerConfig(
        UdpListenerConfig.newBuilder().setDownstreamSocketConfig(ProxyFilterTranslator.ANY_LENGTH));
    for (AttachedListener attached : port.listeners()) {
      if (attached instanceof StreamListener datagrams) {
        listener.addListenerFilters(streams.datagrams(datagrams));
      }
    }
    return new PortXds(List.of(listener.build()), List.of());
  }

  private void addresses(int port, Protocol protocol, Listener.Builder out) {
    if (gateway.addresses().isEmpty()) {
      // All addresses of the machine, those of IPv4 included.
      out.setAddress(
          Address.newBuilder()
              .setSocketAddress(
                  SocketAddress.newBuilder()
                      .setProtocol(protocol)
                      .setAddress("::")
                      .setPortValue(port)
                      .setIpv4Compat(true)));
      return;
    }
    out.setAddress(address(gateway.addresses().getFirst(), port, protocol));
    for (String more : gateway.addresses().subList(1, gateway.addresses().size())) {
      out.addAdditionalAddresses(
          AdditionalAddress.newBuilder().setAddress(address(more, port, protocol)));
    }
  }

  private static Address address(String ip, int port, Protocol protocol) {
    Address.Builder address = EndpointTranslator.socket(ip, port).toBuilder();
    address.getSocketAddressBuilder().setProtocol(protocol);
    return address.build();
  }

  /**
   * Writes a route configuration; returns what its routes ask of filters.
   *
   * @param added to responses
   */
  private FilterUse routes(
      String name,
      List<HttpListener> listeners,
      int port,
      List<HeaderValueOption> added,
      List<Resource<RouteConfiguration>> routes) {
    RouteConfigurationTranslator translator =
        new RouteConfigurationTranslator(filters, clusters, known, Place.of(name, gateway, port));
    routes.add(translator.translate(listeners, added));
    return translator.use();
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
