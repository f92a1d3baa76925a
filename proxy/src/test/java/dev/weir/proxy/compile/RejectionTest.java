package dev.weir.proxy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.Verdict.Rejected;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused, and how the message names it. */
class RejectionTest {
  private static final String NAMED =
      "rds: {route_config_name: r, config_source: {ads: {}}}\nhttp_filters: ["
          + CompilerTest.ROUTER
          + "]\n";

  private static String rejection(ResourceType type, String name, String yaml) {
    Compiled compiled =
        new Compiler(List.of(Tags.MOST_SPECIFIC)).compile(XdsText.snapshot(yaml), Compiled.NOTHING);
    Verdict verdict = compiled.verdicts().get(new ResourceKey(type, name));
    if (!(verdict instanceof Rejected rejected)) {
      throw new AssertionError("not rejected, but " + verdict);
    }
    assertThat(rejected.running()).isNull();
    assertThat(rejected.version()).isNotEmpty();
    return rejected.message();
  }

  // --- fields that the proxy does not implement ------------------------------------------------

  @Test
  void namesEveryFieldThatIsNotImplemented() {
    String message =
        rejection(
            ResourceType.ROUTE_CONFIGURATION,
            "r",
            """
            routes:
            - name: r
              virtual_hosts:
              - {name: a, domains: [a]}
              - name: b
                domains: [b]
                routes:
                - {match: {prefix: /}, route: {cluster: c}}
                - match: {prefix: /, headers: [{name: x, range_match: {start: 1, end: 2}}]}
                  route: {cluster: c, hash_policy: [{header: {header_name: x}}]}
            """);

    assertThat(message)
        .isEqualTo(
            "RouteConfiguration \"r\": virtual_hosts[1].routes[1].match.headers[0].range_match: is"
                + " set, but the proxy does not implement it"
                + " (envoy.config.route.v3.HeaderMatcher.range_match);"
                + " virtual_hosts[1].routes[1].route.hash_policy: is set, but the proxy does not"
                + " implement it (envoy.config.route.v3.RouteAction.hash_policy)");
  }

  @Test
  void looksIntoAny() {
    assertThat(
            rejection(
                ResourceType.LISTENER, "l", CompilerTest.listener(NAMED + "server_name: me\n")))
        .contains("filter_chains[0].filters[0].typed_config.server_name: is set, but");
    assertThat(
            rejection(
                ResourceType.ROUTE_CONFIGURATION,
                "r",
                """
                routes:
                - name: r
                  typed_per_filter_config: {x: {"@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute}}
                """))
        .isEqualTo(
            "RouteConfiguration \"r\": typed_per_filter_config[\"x\"]: has the type"
                + " \"type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute\","
                + " which the proxy does not implement");
  }

  // --- listeners -------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          codec_type: HTTP2 | codec_type: only AUTO is implemented
          normalize_path: false | normalize_path: only true
          server_header_transformation: APPEND_IF_ABSENT | server_header_transformation: only PASS
          path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT | UNESCAPE_AND_REDIRECT is not implemented
          max_request_headers_kb: 0 | max_request_headers_kb: has to be between 1 and 8192
          stream_idle_timeout: -1s | stream_idle_timeout: must not be negative
          tracing: {} | tracing: is set, but
          access_log: [{name: x}] | access_log: is set, but
          """)
  void refusesConnectionManagers(String line, String expected) {
    assertThat(rejection(ResourceType.LISTENER, "l", CompilerTest.listener(NAMED + line)))
        .startsWith("Listener \"l\": filter_chains[0].filters[0].typed_config.")
        .contains(expected);
  }

  @Test
  void refusesToTrustEveryPeersWord() {
    assertThat(
            rejection(
                ResourceType.LISTENER,
                "l",
                CompilerTest.listener(NAMED)
                    .replace("use_remote_address: true", "merge_slashes: true")))
        .contains("use_remote_address: has to be true");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          [] | http_filters: must not be empty
          [{name: envoy.filters.http.unknown}, ROUTER] | http_filters[0].name: "envoy.filters.http.unknown" is no HTTP filter
          [{name: envoy.filters.http.buffer}] | http_filters[0].typed_config: names no message type
          [ROUTER, ROUTER] | http_filters[0].typed_config: is the router
          [{name: a, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 13}}, ROUTER] | 13 is unlucky
          [{name: envoy.filters.http.buffer}, {name: envoy.filters.http.buffer}, ROUTER] | http_filters[1].name: is that of another filter
          """)
  void refusesFilterChains(String filters, String expected) {
    String hcm =
        "rds: {route_config_name: r, config_source: {ads: {}}}\nhttp_filters: "
            + filters.replace("ROUTER", CompilerTest.ROUTER);
    assertThat(rejection(ResourceType.LISTENER, "l", CompilerTest.listener(hcm)))
        .contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          address: {pipe: {path: /x}} | address: needs socket_address
          address: {socket_address: {address: localhost, port_value: 1}} | address.socket_address.address: "localhost" is no IP address
          address: {socket_address: {address: 127.0.0.1, protocol: UDP}} | filter_chains: have no meaning on a UDP address
          address: {socket_address: {address: 127.0.0.1, port_value: 65536}} | port_value: has to be a port number
          """)
  void refusesAddresses(String address, String expected) {
    String yaml =
        CompilerTest.listener(NAMED)
            .replace("address: {socket_address: {address: 127.0.0.1, port_value: 8080}}", address);
    assertThat(rejection(ResourceType.LISTENER, "l", yaml)).contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          filter_chain_match: {server_names: [a]}, | filter_chains[0].filter_chain_match: server names need TLS
          filter_chain_match: {server_names: ["*"]}, | server_names[0]: has to be a host name or *.suffix
          filter_chain_match: {transport_protocol: tls}, | transport_protocol: has to fit
          filter_chain_match: {destination_port: 1}, | destination_port: is set, but
          """)
  void refusesMatches(String match, String expected) {
    String yaml =
        CompilerTest.listener(NAMED)
            .replace("- filters:", "- " + match.replaceAll(",$", "") + "\n    filters:");
    assertThat(rejection(ResourceType.LISTENER, "l", yaml)).contains(expected);
  }

  // --- routes ----------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          {match: {prefix: /}} | routes[0]: needs one of route, redirect and direct_response
          {match: {}, direct_response: {status: 200}} | match: needs one of prefix
          {match: {safe_regex: {regex: "("}}, direct_response: {status: 200}} | match.safe_regex.regex: is no valid RE2 expression
          {match: {safe_regex: {regex: ""}}, direct_response: {status: 200}} | match.safe_regex.regex: must not be empty
          {match: {path_separated_prefix: /a/}, direct_response: {status: 200}} | path_separated_prefix: has to start with a slash
          {match: {prefix: /, case_sensitive: false}, direct_response: {status: 200}} | case_sensitive: only true
          {match: {prefix: /, headers: [{name: "a b"}]}, direct_response: {status: 200}} | headers[0].name: "a b" is not a header name
          {match: {prefix: /, headers: [{name: ":method"}]}, direct_response: {status: 200}} | headers[0]: only string_match
          {match: {prefix: /, headers: [{name: ":scheme", string_match: {exact: http}}]}, direct_response: {status: 200}} | headers[0].name: ":scheme" is not a header name
          {match: {prefix: /, headers: [{name: a, string_match: {}}]}, direct_response: {status: 200}} | headers[0].string_match: needs one of
          {match: {prefix: /, query_parameters: [{name: ""}]}, direct_response: {status: 200}} | query_parameters[0].name: must not be empty
          {match: {prefix: /}, direct_response: {status: 99}} | direct_response.status: has to be between
          {match: {prefix: /}, direct_response: {status: 200, body: {filename: /etc/passwd}}} | body.filename: is set, but
          {match: {prefix: /}, redirect: {scheme_redirect: ftp}} | redirect.scheme_redirect: has to be http or https
          {match: {prefix: /}, redirect: {path_redirect: "/a?b"}} | redirect.path_redirect: a query
          {match: {prefix: /}, redirect: {path_redirect: "a"}} | redirect.path_redirect: has to start with a slash
          {match: {prefix: /}, redirect: {path_redirect: "/a\\r\\nSet-Cookie: x"}} | redirect.path_redirect: character 3 has to be
          {match: {prefix: /}, redirect: {prefix_rewrite: "/a b"}} | redirect.prefix_rewrite: character 3 has to be
          {match: {prefix: /}, redirect: {prefix_rewrite: ""}} | redirect.prefix_rewrite: has to start with a slash
          {match: {prefix: /}, redirect: {regex_rewrite: {pattern: {regex: a}, substitution: "/\\n"}}} | redirect.regex_rewrite.substitution: character 2 has to be
          {match: {prefix: /}, redirect: {host_redirect: "a\\r\\nb"}} | redirect.host_redirect: has to be a host name
          {match: {prefix: /}, redirect: {host_redirect: "a/b"}} | redirect.host_redirect: has to be a host name
          {match: {prefix: /}, route: {cluster: c, host_rewrite_literal: "a\\nb"}} | route.host_rewrite_literal: has to be a host name
          {match: {prefix: /}, route: {cluster: c, prefix_rewrite: "/a HTTP/1.1\\r\\n"}} | route.prefix_rewrite: character 3 has to be
          {match: {prefix: /}, route: {cluster: c, prefix_rewrite: "/\\0"}} | route.prefix_rewrite: character 2 has to be
          {match: {prefix: /}, route: {cluster: c, prefix_rewrite: "/\\x7f"}} | route.prefix_rewrite: character 2 has to be
          {match: {prefix: /}, route: {cluster: c, prefix_rewrite: "/a?b"}} | route.prefix_rewrite: a query
          {match: {prefix: /}, route: {cluster: c, prefix_rewrite: a}} | route.prefix_rewrite: has to start with a slash
          {match: {prefix: /}, route: {cluster: c, regex_rewrite: {pattern: {regex: a}, substitution: "\u00e4"}}} | substitution: character 1 has to be
          {match: {prefix: /}, redirect: {port_redirect: 70000}} | redirect.port_redirect: has to be a port
          {match: {prefix: /}, route: {}} | route: needs cluster or weighted_clusters
          {match: {prefix: /}, route: {cluster_header: x}} | route.cluster_header: is set, but
          {match: {prefix: /}, route: {weighted_clusters: {}}} | weighted_clusters.clusters: must not be empty
          {match: {prefix: /}, route: {weighted_clusters: {clusters: [{weight: 1}]}}} | clusters[0].name: must not be empty
          {match: {prefix: /}, route: {cluster: c, retry_policy: {retry_on: "reset, envoy-ratelimited"}}} | retry_policy.retry_on: "envoy-ratelimited" is not
          {match: {prefix: /}, route: {cluster: c, retry_policy: {retry_on: retriable-status-codes, retriable_status_codes: [500, 700]}}} | retriable_status_codes[1]: has to be between
          {match: {prefix: /}, route: {cluster: c, retry_policy: {retry_back_off: {base_interval: 0s}}}} | retry_back_off.base_interval: has to be greater
          {match: {prefix: /}, route: {cluster: c, retry_policy: {retry_back_off: {base_interval: 2s, max_interval: 1s}}}} | retry_back_off.max_interval: must not be less
          {match: {prefix: /}, route: {cluster: c, retry_policy: {retry_host_predicate: [{name: x, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}]}}} | retry_host_predicate[0].typed_config: is a envoy.extensions.filters.http.router.v3.Router; only
          {match: {prefix: /}, route: {cluster: c, retry_policy: {retriable_headers: [{name: x}]}}} | retry_policy.retriable_headers: is set, but
          {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: c, host_rewrite_literal: "a b"}]}}} | clusters[0].host_rewrite_literal: has to be a host
          {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: c, typed_per_filter_config: {dev.weir.backend_action: {"@type": type.googleapis.com/envoy.config.route.v3.RouteAction, cluster: d}}}]}}} | clusters[0].typed_per_filter_config["dev.weir.backend_action"].cluster: only path and mirrors
          {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: c, typed_per_filter_config: {dev.weir.backend_action: {"@type": type.googleapis.com/envoy.config.route.v3.RedirectAction, port_redirect: 70000}}}]}}} | ["dev.weir.backend_action"].port_redirect: has to be a port
          {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: c, typed_per_filter_config: {dev.weir.backend_action: {"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig}}}]}}} | ["dev.weir.backend_action"]: has to be a RouteAction or
          {match: {prefix: /}, route: {cluster: c, request_mirror_policies: [{}]}} | request_mirror_policies[0].cluster: must not be empty
          {match: {prefix: /}, route: {cluster: c, request_mirror_policies: [{cluster_header: x}]}} | request_mirror_policies[0].cluster_header: is set, but
          {match: {prefix: /}, route: {cluster: c, request_mirror_policies: [{cluster: m, runtime_fraction: {}}]}} | request_mirror_policies[0].runtime_fraction.default_value: is required
          {match: {prefix: /}, route: {cluster: c, request_mirror_policies: [{cluster: m, runtime_fraction: {runtime_key: x}}]}} | runtime_fraction.runtime_key: is set, but
          {match: {prefix: /}, route: {cluster: c, timeout: -1s}} | route.timeout: must not be negative
          {match: {prefix: /}, route: {cluster: c, prefix_rewrite: /a, regex_rewrite: {pattern: {regex: a}}}} | regex_rewrite: must not stand beside
          {match: {prefix: /}, route: {cluster: c, regex_rewrite: {pattern: {regex: a}, substitution: '\\1'}}} | substitution: has a \\ that
          {match: {prefix: /}, route: {cluster: c}, typed_per_filter_config: {envoy.filters.http.buffer: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer}}} | typed_per_filter_config["envoy.filters.http.buffer"]: has to be a envoy.extensions.filters.http.buffer.v3.BufferPerRoute
          {match: {prefix: /}, route: {cluster: c}, typed_per_filter_config: {envoy.filters.http.buffer: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, buffer: {max_request_bytes: 13}}}} | typed_per_filter_config["envoy.filters.http.buffer"]: buffer.max_request_bytes: 13 is unlucky
          """)
  void refusesRoutes(String route, String expected) {
    String yaml =
        CompilerTest.routes("- " + route)
            .replace("http_filters: [", "http_filters: [{name: envoy.filters.http.buffer}, ");
    assertThat(rejection(ResourceType.ROUTE_CONFIGURATION, "r", yaml))
        .startsWith("RouteConfiguration \"r\": virtual_hosts[0].routes[0]")
        .contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          [] | domains: must not be empty
          [""] | domains[0]: has to be a host name
          [a.*] | domains[0]: has to be a host name
          [A, a] | domains[1]: "a" stands in more than one place
          """)
  void refusesDomains(String domains, String expected) {
    assertThat(
            rejection(
                ResourceType.ROUTE_CONFIGURATION,
                "r",
                "routes: [{name: r, virtual_hosts: [{name: v, domains: " + domains + "}]}]"))
        .contains("virtual_hosts[0]." + expected);
  }

  // --- clusters and endpoints ------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          type: ORIGINAL_DST | type: only STATIC, STRICT_DNS and EDS
          lb_policy: MAGLEV | lb_policy: only ROUND_ROBIN
          connect_timeout: 0s | connect_timeout: has to be greater than 0
          type: EDS, load_assignment: {} | load_assignment: has no meaning
          health_checks: [{}] | health_checks: is set, but
          outlier_detection: {} | outlier_detection: is set, but
          circuit_breakers: {thresholds: [{max_connections: 0}]} | thresholds[0].max_connections: has to be at least 1
          circuit_breakers: {thresholds: [{priority: HIGH}]} | thresholds[0]: only one of priority DEFAULT
          circuit_breakers: {thresholds: [{max_retries: 3}]} | thresholds[0].max_retries: only 4294967295
          circuit_breakers: {thresholds: [{retry_budget: {budget_percent: {value: 20}}}]} | thresholds[0].retry_budget: needs dev.weir.retry_budget in the metadata
          metadata: {filter_metadata: {other: {a: 1}}} | metadata.filter_metadata["other"]: is not known
          metadata: {filter_metadata: {dev.weir.retry_budget: {percent: 20}}} | metadata.filter_metadata["dev.weir.retry_budget"].interval_ms: has to be a whole number
          metadata: {filter_metadata: {dev.weir.retry_budget: {percent: 101, interval_ms: 1, min_retries: 0, min_retries_interval_ms: 1}}} | percent: has to be a whole number from 0 to 100
          metadata: {filter_metadata: {dev.weir.retry_budget: {percent: 1.5, interval_ms: 1, min_retries: 0, min_retries_interval_ms: 1}}} | percent: has to be a whole
          metadata: {filter_metadata: {dev.weir.retry_budget: {percent: "20", interval_ms: 1, min_retries: 0, min_retries_interval_ms: 1}}} | percent: has to be a whole
          metadata: {filter_metadata: {dev.weir.retry_budget: {extra: 1}}} | ["dev.weir.retry_budget"].extra: is not known
          type: STRICT_DNS, dns_lookup_family: V4_ONLY | dns_lookup_family: only AUTO
          load_assignment: {endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: a.example}}}}]}]} | load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address: "a.example" is no IP address
          transport_socket: {name: x} | transport_socket.typed_config: names no message type
          """)
  void refusesClusters(String fields, String expected) {
    assertThat(rejection(ResourceType.CLUSTER, "c", "clusters: [{name: c, " + fields + "}]"))
        .startsWith(
            "Cluster \"c\": " + (expected.startsWith("thresholds") ? "circuit_breakers." : ""))
        .contains(expected);
  }

  @Test
  void refusesUpstreamTlsThatVerifiesNothing() {
    assertThat(
            rejection(
                ResourceType.CLUSTER,
                "c",
                """
                clusters:
                - name: c
                  transport_socket:
                    name: tls
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                      sni: a
                """))
        .contains("common_tls_context: needs a validation context");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          endpoint: {address: {socket_address: {address: x}}} | "x" is no IP address
          endpoint: {address: {pipe: {path: "@x"}}} | pipe.path: has to be an absolute path
          endpoint: {address: {}} | endpoint.address: needs socket_address or pipe
          endpoint_name: x | endpoint_name: is set, but
          load_balancing_weight: 0, endpoint: {address: {pipe: {path: /x}}} | load_balancing_weight: has to be at least 1
          """)
  void refusesEndpoints(String endpoint, String expected) {
    assertThat(
            rejection(
                ResourceType.CLUSTER_LOAD_ASSIGNMENT,
                "e",
                "endpoints: [{cluster_name: e, endpoints: [{lb_endpoints: [{"
                    + endpoint
                    + "}]}]}]"))
        .startsWith("ClusterLoadAssignment \"e\": endpoints[0].lb_endpoints[0]")
        .contains(expected);
  }

  // --- secrets ---------------------------------------------------------------------------------

  private static String secretRejection(String chain, String key) {
    return rejection(
        ResourceType.SECRET,
        "s",
        "secrets: [{name: s, tls_certificate: {certificate_chain: {inline_string: "
            + XdsText.quoted(chain)
            + "}, private_key: {inline_string: "
            + XdsText.quoted(key)
            + "}}}]");
  }

  @Test
  void refusesSecrets() {
    TestKey a = TestKey.selfSigned("EC", "a");
    TestKey b = TestKey.selfSigned("EC", "b");
    String encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    String garbage = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

    assertThat(secretRejection(a.certificatePem(), b.keyPem()))
        .isEqualTo(
            "Secret \"s\": tls_certificate.private_key: does not belong to the first certificate of"
                + " certificate_chain");
    assertThat(secretRejection("", a.keyPem())).contains("certificate_chain: holds no certificate");
    assertThat(secretRejection(a.certificatePem(), "")).contains("private_key: holds no private");
    assertThat(secretRejection(a.certificatePem(), encrypted)).contains("holds an encrypted key");
    assertThat(secretRejection(a.certificatePem(), garbage)).contains("that cannot be read");
    assertThat(rejection(ResourceType.SECRET, "s", "secrets: [{name: s}]"))
        .contains("needs a tls_certificate or a validation_context");
  }
}
