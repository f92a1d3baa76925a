package dev.weir.proxy.server;

import dev.weir.proxy.compile.Compiled;
import dev.weir.proxy.compile.Compiler;
import dev.weir.proxy.compile.TestKey;
import dev.weir.proxy.compile.XdsText;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ChainTable;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.HttpPlan;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.plan.QuicListenerPlan;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A listener {@code tcp} for HTTPS and a listener {@code quic} beside it, with two certificates,
 * which send all requests to one backend.
 */
final class Http3Config {
  private Http3Config() {}

  private static String listener(
      String name, InetSocketAddress address, String protocol, String tls, String http) {
    return """
    - name: %s
      address: {socket_address: {protocol: %s, address: 127.0.0.1, port_value: %d}}
      %s
      filter_chains:
      - name: chain
        transport_socket: {name: tls, typed_config: {"@type": type.googleapis.com/envoy.extensions.transport_sockets.%s}}
        filters:
        - name: http
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: web
            use_remote_address: true
            codec_type: %s
            route_config:
              response_headers_to_add:
              - {header: {key: alt-svc, value: 'h3=":443"; ma=86400'}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
              virtual_hosts:
              - name: all
                domains: ['*']
                routes: [{match: {prefix: /}, route: {cluster: c}}]
            http_filters:
            - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
    """
        .formatted(
            name,
            protocol,
            address.getPort(),
            protocol.equals("UDP") ? "udp_listener_config: {quic_options: {}}" : "",
            tls,
            http);
  }

  /** Compiles it all; {@code more} is for the TLS settings of the listener for QUIC. */
  static Compiled compile(
      InetSocketAddress address,
      @Nullable InetSocketAddress backend,
      String more,
      TestKey a,
      TestKey b) {
    String certificates =
        "tls_certificate_sds_secret_configs: [{name: a, sds_config: {ads: {}}},"
            + " {name: b, sds_config: {ads: {}}}]";
    String yaml =
        "listeners:\n"
            + listener(
                "tcp",
                address,
                "TCP",
                "tls.v3.DownstreamTlsContext, common_tls_context: {alpn_protocols: [h2, http/1.1], "
                    + certificates
                    + "}",
                "AUTO")
            + listener(
                "quic",
                address,
                "UDP",
                "quic.v3.QuicDownstreamTransport, downstream_tls_context: {common_tls_context: {"
                    + certificates
                    + "}"
                    + more
                    + "}",
                "HTTP3")
            + "clusters:\n- {name: c, type: STATIC, connect_timeout: 5s, load_assignment:"
            + " {cluster_name: c, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address:"
            + " {address: 127.0.0.1, port_value: "
            + (backend == null ? 1 : backend.getPort())
            + "}}}}]}]}}\n"
            + "secrets:\n- {name: a, tls_certificate: "
            + a.yaml()
            + "}\n- {name: b, tls_certificate: "
            + b.yaml()
            + "}\n";
    return new Compiler(List.of()).compile(XdsText.snapshot(yaml), Compiled.NOTHING);
  }

  /** The same with other limits for requests over QUIC. */
  static Plan with(Plan plan, int maxHeaderBytes, int maxUriBytes, long maxBodyBytes) {
    QuicListenerPlan quic = (QuicListenerPlan) Objects.requireNonNull(plan.listeners().get("quic"));
    ChainPlan chain = Objects.requireNonNull(quic.chains().otherwise());
    HttpOptions old = chain.http().options();
    HttpOptions options =
        new HttpOptions(
            maxHeaderBytes,
            old.maxHeaderCount(),
            maxUriBytes,
            maxBodyBytes,
            old.maxConcurrentStreams(),
            old.connectionIdleNanos(),
            old.headerReadNanos(),
            old.requestReadNanos(),
            old.streamIdleNanos(),
            old.trustedProxies(),
            old.path(),
            old.upgrades(),
            old.reasonHeader());
    HttpPlan http = new HttpPlan(chain.http().name(), chain.http().router(), options);
    ChainPlan limited = new ChainPlan(chain.name(), chain.tls(), http);
    Map<String, ListenerPlan> listeners = new HashMap<>(plan.listeners());
    listeners.put("quic", new QuicListenerPlan("quic", quic.addresses(), ChainTable.of(limited)));
    return new Plan(listeners, plan.clusters());
  }
}
