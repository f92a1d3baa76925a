package dev.weir.proxy.compile;

import dev.weir.core.filter.InvalidConfig;
import dev.weir.proxy.compile.EndpointCompiler.Names;
import dev.weir.proxy.compile.ListenerSpec.Chain;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
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

  ListenerCompiler(KnownTypes types, HttpCompiler http) {
    this.types = types;
    this.http = http;
  }

  ListenerSpec compile(Listener listener) throws InvalidConfig {
    FieldPath at = FieldPath.ROOT;
    if (listener.hasEnableReusePort() && !listener.getEnableReusePort().getValue()) {
      throw at.field("enable_reuse_port").invalid("only true is implemented");
    }
    for (int i = 0; i < listener.getListenerFiltersCount(); i++) {
      FieldPath config = at.field("listener_filters").at(i).field("typed_config");
      types.unpack(listener.getListenerFilters(i).getTypedConfig(), TlsInspector.class, config);
    }
    return new ListenerSpec(listener.getName(), addresses(listener, at), chains(listener, at));
  }

  private static List<InetSocketAddress> addresses(Listener listener, FieldPath at)
      throws InvalidConfig {
    List<InetSocketAddress> all = new ArrayList<>();
    all.add(address(listener.getAddress(), at.field("address")));
    for (int i = 0; i < listener.getAdditionalAddressesCount(); i++) {
      FieldPath more = at.field("additional_addresses").at(i).field("address");
      all.add(address(listener.getAdditionalAddresses(i).getAddress(), more));
    }
    return all;
  }

  private static InetSocketAddress address(Address address, FieldPath at) throws InvalidConfig {
    if (!address.hasSocketAddress()) {
      throw at.invalid("needs socket_address");
    }
    return EndpointCompiler.socketAddress(
        address.getSocketAddress(), Names.REFUSED, at.field("socket_address"));
  }

  private List<Chain> chains(Listener listener, FieldPath at) throws InvalidConfig {
    List<Chain> chains = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < listener.getFilterChainsCount(); i++) {
      FilterChain message = listener.getFilterChains(i);
      FieldPath path = at.field("filter_chains").at(i);
      Chain chain = chain(message, path);
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
      Chain chain = chain(listener.getDefaultFilterChain(), path);
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
    long secure = chains.stream().filter(chain -> chain.tls() != null).count();
    if (secure != 0 && secure != chains.size()) {
      throw at.field("filter_chains").invalid("TLS and plain text on one listener");
    }
    if (secure == 0 && !names.contains("")) {
      throw at.field("filter_chains").invalid("server names need TLS");
    }
    return chains;
  }

  private Chain chain(FilterChain message, FieldPath at) throws InvalidConfig {
    TlsSpec.Server tls = tls(message, at.field("transport_socket"));
    FieldPath filters = at.field("filters");
    if (message.getFiltersCount() != 1) {
      throw filters.invalid("has to hold exactly one filter: the HTTP connection manager");
    }
    FieldPath config = filters.at(0).field("typed_config");
    HttpConnectionManager hcm =
        types.unpack(message.getFilters(0).getTypedConfig(), HttpConnectionManager.class, config);
    List<String> serverNames =
        serverNames(message.getFilterChainMatch(), tls, at.field("filter_chain_match"));
    return new Chain(message.getName(), serverNames, tls, http.compile(hcm, config));
  }

  private static List<String> serverNames(
      FilterChainMatch match, TlsSpec.@Nullable Server tls, FieldPath at) throws InvalidConfig {
    String transport = match.getTransportProtocol();
    if (!transport.isEmpty() && !transport.equals(tls == null ? "raw_buffer" : "tls")) {
      throw at.field("transport_protocol").invalid("has to fit the transport socket");
    }
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
}
