package dev.weir.proxy.compile;

import com.google.protobuf.Message;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.core.v3.Address;
import dev.weir.envoy.config.core.v3.SocketAddress.Protocol;
import dev.weir.envoy.config.listener.v3.FilterChain;
import dev.weir.envoy.config.listener.v3.FilterChainMatch;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import dev.weir.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import dev.weir.envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig;
import dev.weir.envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import dev.weir.proxy.compile.EndpointCompiler.Names;
import dev.weir.proxy.compile.HttpCompiler.Carrier;
import dev.weir.proxy.compile.ListenerSpec.Chain;
import dev.weir.proxy.plan.UdpListenerPlan;
import io.netty.handler.codec.quic.Quic;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compiles Listener resources. */
final class ListenerCompiler {
  private final KnownTypes types;
  private final HttpCompiler http;
  private final ProxyFilterCompiler proxies;

  ListenerCompiler(KnownTypes types, HttpCompiler http) {
    this.types = types;
    this.http = http;
    this.proxies = new ProxyFilterCompiler(types);
  }

  ListenerSpec compile(Listener listener) throws InvalidConfig {
    FieldPath at = FieldPath.ROOT;
    if (listener.hasEnableReusePort() && !listener.getEnableReusePort().getValue()) {
      throw at.field("enable_reuse_port").invalid("only true is implemented");
    }
    Protocol protocol = listener.getAddress().getSocketAddress().getProtocol();
    List<InetSocketAddress> addresses = addresses(listener, protocol, at);
    return switch (protocol) {
      case TCP -> tcp(listener, addresses, at);
      case UDP -> udp(listener, addresses, at);
      case UNRECOGNIZED ->
          throw at.field("address")
              .field("socket_address")
              .field("protocol")
              .invalid("only TCP and UDP are implemented");
    };
  }

  private ListenerSpec tcp(Listener listener, List<InetSocketAddress> addresses, FieldPath at)
      throws InvalidConfig {
    for (int i = 0; i < listener.getListenerFiltersCount(); i++) {
      FieldPath config = at.field("listener_filters").at(i).field("typed_config");
      types.unpack(listener.getListenerFilters(i).getTypedConfig(), TlsInspector.class, config);
    }
    if (listener.hasUdpListenerConfig()) {
      throw at.field("udp_listener_config").invalid("has no meaning on a TCP address");
    }
    return tcp(listener.getName(), addresses, chains(listener, Carrier.TCP, at), at);
  }

  private ListenerSpec udp(Listener listener, List<InetSocketAddress> addresses, FieldPath at)
      throws InvalidConfig {
    if (listener.getUdpListenerConfig().hasQuicOptions()) {
      return quic(listener, addresses, at);
    }
    if (listener.getFilterChainsCount() > 0 || listener.hasDefaultFilterChain()) {
      throw at.field("filter_chains").invalid("have no meaning on a UDP address");
    }
    FieldPath filters = at.field("listener_filters");
    if (listener.getListenerFiltersCount() != 1) {
      throw filters.invalid("has to hold exactly one filter: the UDP proxy");
    }
    FieldPath config = filters.at(0).field("typed_config");
    UdpProxyConfig proxy =
        types.unpack(listener.getListenerFilters(0).getTypedConfig(), UdpProxyConfig.class, config);
    return new ListenerSpec.Udp(
        new UdpListenerPlan(
            listener.getName(),
            addresses,
            proxies.udp(
                proxy, config, listener.getUdpListenerConfig(), at.field("udp_listener_config"))));
  }

  private ListenerSpec quic(Listener listener, List<InetSocketAddress> addresses, FieldPath at)
      throws InvalidConfig {
    FieldPath config = at.field("udp_listener_config");
    if (listener.getUdpListenerConfig().hasDownstreamSocketConfig()) {
      throw config
          .field("downstream_socket_config")
          .invalid("is not implemented with quic_options");
    }
    if (listener.getListenerFiltersCount() > 0) {
      throw at.field("listener_filters").invalid("have no meaning with quic_options");
    }
    if (!Quic.isAvailable()) {
      throw config
          .field("quic_options")
          .invalid("QUIC needs Netty's native library, which this machine has not");
    }
    return new ListenerSpec.Quic(
        listener.getName(),
        addresses,
        chains(listener, Carrier.QUIC, at).stream().map(Read::chain).toList());
  }

  private static List<InetSocketAddress> addresses(
      Listener listener, Protocol protocol, FieldPath at) throws InvalidConfig {
    List<InetSocketAddress> all = new ArrayList<>();
    all.add(address(listener.getAddress(), protocol, at.field("address")));
    for (int i = 0; i < listener.getAdditionalAddressesCount(); i++) {
      FieldPath more = at.field("additional_addresses").at(i).field("address");
      all.add(address(listener.getAdditionalAddresses(i).getAddress(), protocol, more));
    }
    return all;
  }

  private static InetSocketAddress address(Address address, Protocol protocol, FieldPath at)
      throws InvalidConfig {
    if (!address.hasSocketAddress()) {
      throw at.invalid("needs socket_address");
    }
    FieldPath socketAt = at.field("socket_address");
    if (address.getSocketAddress().getProtocol() != protocol) {
      throw socketAt.field("protocol").invalid("has to be " + protocol + " like the first address");
    }
    return EndpointCompiler.socketAddress(address.getSocketAddress(), Names.REFUSED, socketAt);
  }

  private List<Read> chains(Listener listener, Carrier carrier, FieldPath at) throws InvalidConfig {
    List<Read> chains = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < listener.getFilterChainsCount(); i++) {
      FilterChain message = listener.getFilterChains(i);
      FieldPath path = at.field("filter_chains").at(i);
      Read chain = chain(message, carrier, path);
      for (String name : chain.serverNames().isEmpty() ? List.of("") : chain.serverNames()) {
        if (!names.add(name)) {
          throw path.field("filter_chain_match")
              .invalid(
                  name.isEmpty()
                      ? "is empty like that of another filter chain"
                      : "has the server name \"" + name + "\" of another filter chain");
        }
      }
      chains.add(chain);
    }
    if (listener.hasDefaultFilterChain()) {
      FieldPath path = at.field("default_filter_chain");
      Read chain = chain(listener.getDefaultFilterChain(), carrier, path);
      if (!chain.serverNames().isEmpty()) {
        throw path.field("filter_chain_match").invalid("has no meaning on the default chain");
      }
      if (!names.add("")) {
        throw path.invalid("a filter chain without server names takes all connections already");
      }
      chains.add(chain);
    }
    if (chains.isEmpty()) {
      throw at.field("filter_chains").invalid("must not be empty");
    }
    return chains;
  }

  /** Connections cannot begin both with a ClientHello and without one. */
  private static ListenerSpec tcp(
      String name, List<InetSocketAddress> addresses, List<Read> chains, FieldPath at)
      throws InvalidConfig {
    long secure = chains.stream().filter(Read::secure).count();
    if (secure != 0 && secure != chains.size()) {
      throw at.field("filter_chains")
          .invalid(
              "TLS and plain text on one listener: chains that pass TLS through need"
                  + " transport_protocol: tls");
    }
    return new ListenerSpec.Tcp(
        name, addresses, chains.stream().map(Read::chain).toList(), secure != 0);
  }

  /** A filter chain, and whether it takes connections that begin with a ClientHello. */
  private record Read(Chain chain, boolean secure) {
    List<String> serverNames() {
      return chain.serverNames();
    }
  }

  private Read chain(FilterChain message, Carrier carrier, FieldPath at) throws InvalidConfig {
    FieldPath socketAt = at.field("transport_socket");
    TlsSpec.Server tls =
        switch (carrier) {
          case TCP -> tls(message, socketAt);
          case QUIC -> quic(message, socketAt);
        };
    FieldPath filters = at.field("filters");
    if (message.getFiltersCount() != 1) {
      throw filters.invalid(
          "has to hold exactly one filter: the HTTP connection manager or the TCP proxy");
    }
    FieldPath config = filters.at(0).field("typed_config");
    TrafficSpec traffic =
        switch (types.unpack(message.getFilters(0).getTypedConfig(), config)) {
          case HttpConnectionManager manager -> http.compile(manager, carrier, config);
          case TcpProxy proxy when carrier == Carrier.TCP ->
              new TrafficSpec.Tcp(proxies.tcp(proxy, config));
          case Message other ->
              throw config.invalid(
                  "is a "
                      + Packing.typeName(other)
                      + "; only HttpConnectionManager is possible here"
                      + (carrier == Carrier.TCP ? ", or TcpProxy" : ""));
        };
    FilterChainMatch match = message.getFilterChainMatch();
    FieldPath matchAt = at.field("filter_chain_match");
    List<String> serverNames = serverNames(match, matchAt);
    if (carrier == Carrier.QUIC && !match.getTransportProtocol().isEmpty()) {
      throw matchAt.field("transport_protocol").invalid("has no meaning over QUIC");
    }
    boolean secure = secure(match, tls, matchAt);
    if (secure && tls == null && traffic instanceof HttpSpec) {
      throw serverNames.isEmpty()
          ? matchAt.field("transport_protocol").invalid("has to fit the transport socket")
          : matchAt.invalid("server names need TLS: HTTP has none without a transport socket");
    }
    return new Read(new Chain(message.getName(), serverNames, tls, traffic), secure);
  }

  private static boolean secure(FilterChainMatch match, TlsSpec.@Nullable Server tls, FieldPath at)
      throws InvalidConfig {
    boolean asks = tls != null || match.getServerNamesCount() > 0;
    return switch (match.getTransportProtocol()) {
      case "" -> asks;
      case "tls" -> true;
      case "raw_buffer" -> {
        if (asks) {
          throw at.field("transport_protocol")
              .invalid("has to fit the transport socket and the server names");
        }
        yield false;
      }
      default ->
          throw at.field("transport_protocol").invalid("only tls and raw_buffer are implemented");
    };
  }

  private static List<String> serverNames(FilterChainMatch match, FieldPath at)
      throws InvalidConfig {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < match.getServerNamesCount(); i++) {
      String name = match.getServerNames(i);
      String suffix = name.startsWith("*.") ? name.substring(2) : name;
      if (suffix.isEmpty() || suffix.indexOf('*') >= 0) {
        throw at.field("server_names").at(i).invalid("has to be a host name or *.suffix");
      }
      names.add(name.toLowerCase(Locale.ROOT));
    }
    return names;
  }

  private TlsSpec.@Nullable Server tls(FilterChain message, FieldPath at) throws InvalidConfig {
    if (!message.hasTransportSocket()) {
      return null;
    }
    FieldPath config = at.field("typed_config");
    return TlsCompiler.server(
        types.unpack(
            message.getTransportSocket().getTypedConfig(), DownstreamTlsContext.class, config),
        config);
  }

  private TlsSpec.Server quic(FilterChain message, FieldPath at) throws InvalidConfig {
    FieldPath config = at.field("typed_config");
    QuicDownstreamTransport transport =
        types.unpack(
            message.getTransportSocket().getTypedConfig(), QuicDownstreamTransport.class, config);
    return TlsCompiler.quic(
        transport.getDownstreamTlsContext(), config.field("downstream_tls_context"));
  }
}
