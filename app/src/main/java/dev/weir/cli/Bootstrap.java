package dev.weir.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an xDS client of another project needs to know before it can ask.
 *
 * @param host of the controller, a name or an IP address
 * @param node what the client is called
 * @param serves whose resources it gets, {@code Gateway/infra/edge} for example
 * @param tls null for plaintext
 */
record Bootstrap(String host, int port, String node, String serves, @Nullable Tls tls) {
  private static final String CLUSTER = "weir-controller";
  private static final String HTTP_OPTIONS =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  private static final String TLS_CONTEXT =
      "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";

  /** Names of files with PEM. */
  record Tls(String certificate, String key, String authority) {}

  private boolean hasAddress() {
    return host.contains(":") || host.matches("[0-9.]+");
  }

  // --- gRPC --------------------------------------------------------------------------------------

  /** JSON, as gRFC A27 has it. */
  String ofGrpc() {
    Map<String, Object> credentials = new LinkedHashMap<>();
    if (tls == null) {
      credentials.put("type", "insecure");
    } else {
      credentials.put("type", "tls");
      credentials.put(
          "config",
          map(
              "certificate_file", tls.certificate,
              "private_key_file", tls.key,
              "ca_certificate_file", tls.authority));
    }
    Map<String, Object> server =
        map(
            "server_uri", (host.contains(":") ? "[" + host + "]" : host) + ":" + port,
            "channel_creds", List.of(credentials),
            "server_features", List.of("xds_v3"));
    // Node.js wants a locality, if only an empty one.
    Map<String, Object> self = map("id", node, "cluster", serves, "locality", map());
    return JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build()
            .writeValueAsString(map("xds_servers", List.of(server), "node", self))
        + "\n";
  }

  // --- Envoy -------------------------------------------------------------------------------------

  /** YAML of an {@code envoy.config.bootstrap.v3.Bootstrap}. */
  String ofEnvoy() {
    Map<String, Object> ads = map("ads", map(), "resource_api_version", "V3");
    Map<String, Object> bootstrap =
        map(
            "node", map("id", node, "cluster", serves),
            "dynamic_resources",
                map(
                    "ads_config",
                    map(
                        "api_type",
                        "DELTA_GRPC",
                        "transport_api_version",
                        "V3",
                        "set_node_on_first_message_only",
                        true,
                        "grpc_services",
                        List.of(map("envoy_grpc", map("cluster_name", CLUSTER)))),
                    "cds_config",
                    ads,
                    "lds_config",
                    new LinkedHashMap<>(ads)),
            "static_resources", map("clusters", List.of(cluster())));
    return new Dump(
            DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setDereferenceAliases(true)
                .build())
        .dumpToString(bootstrap);
  }

  private Map<String, Object> cluster() {
    Map<String, Object> address = map("socket_address", map("address", host, "port_value", port));
    Map<String, Object> cluster =
        map(
            "name",
            CLUSTER,
            "type",
            hasAddress() ? "STATIC" : "STRICT_DNS",
            "connect_timeout",
            "5s",
            "typed_extension_protocol_options",
            map(
                HTTP_OPTIONS,
                map(
                    "@type",
                    "type.googleapis.com/" + HTTP_OPTIONS,
                    "explicit_http_config",
                    map(
                        "http2_protocol_options",
                        map("connection_keepalive", map("interval", "30s", "timeout", "10s"))))),
            "load_assignment",
            map(
                "cluster_name",
                CLUSTER,
                "endpoints",
                List.of(map("lb_endpoints", List.of(map("endpoint", map("address", address)))))));
    if (tls != null) {
      cluster.put("transport_socket", transportSocket(tls));
    }
    return cluster;
  }

  private Map<String, Object> transportSocket(Tls files) {
    Map<String, Object> common =
        map(
            "tls_certificates",
                List.of(
                    map(
                        "certificate_chain", map("filename", files.certificate),
                        "private_key", map("filename", files.key))),
            "validation_context",
                map(
                    "trusted_ca", map("filename", files.authority),
                    "match_typed_subject_alt_names",
                        List.of(
                            map(
                                "san_type",
                                hasAddress() ? "IP_ADDRESS" : "DNS",
                                "matcher",
                                map("exact", host)))));
    Map<String, Object> context =
        map("@type", "type.googleapis.com/" + TLS_CONTEXT, "common_tls_context", common);
    if (!hasAddress()) {
      context.put("sni", host);
    }
    return map("name", "envoy.transport_sockets.tls", "typed_config", context);
  }

  /** Keys and values in turn, in this order. */
  private static Map<String, Object> map(Object... entries) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < entries.length; i += 2) {
      map.put((String) entries[i], entries[i + 1]);
    }
    return map;
  }
}
