package dev.weir.proxy.compile;

import static dev.weir.proxy.plan.Requests.get;
import static dev.weir.proxy.plan.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.weir.core.failure.Reason;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.http.RequestHead;
import dev.weir.core.xds.Verdict;
import dev.weir.proxy.plan.Action;
import dev.weir.proxy.plan.Action.Forward;
import dev.weir.proxy.plan.Action.Mirror;
import dev.weir.proxy.plan.Action.Redirect;
import dev.weir.proxy.plan.Action.Respond;
import dev.weir.proxy.plan.Action.Timeouts;
import dev.weir.proxy.plan.Action.WeightedBackend;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.ClusterPlan.Balancing;
import dev.weir.proxy.plan.ClusterPlan.EndpointPlan;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.ClusterPlan.RetryBudget;
import dev.weir.proxy.plan.ClusterPlan.UpstreamProtocol;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.HttpOptions.EscapedSlashes;
import dev.weir.proxy.plan.HttpOptions.PathNormalisation;
import dev.weir.proxy.plan.PathRewrite;
import dev.weir.proxy.plan.RetryPolicy;
import dev.weir.proxy.plan.RetryPolicy.Condition;
import dev.weir.proxy.plan.RoutePlan;
import dev.weir.proxy.plan.TcpListenerPlan;
import dev.weir.proxy.plan.TrustedProxies;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** From xDS text to what the plan does. */
class CompilerTest {
  private static Compiled compile(String yaml, HttpFilterType<?, ?>... filters) {
    Compiled compiled =
        new Compiler(List.of(filters)).compile(XdsText.snapshot(yaml), Compiled.NOTHING);
    assertThat(compiled.verdicts().values()).allMatch(Verdict.Accepted.class::isInstance);
    return compiled;
  }

  /** A listener with this connection manager, in YAML of one line or indented by eight. */
  static String listener(String hcm) {
    return """
    listeners:
    - name: l
      address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
      filter_chains:
      - filters:
        - name: http
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: web
            use_remote_address: true
    """
        + hcm.indent(8);
  }

  static final String ROUTER =
      "{name: router, typed_config: {\"@type\":"
          + " type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}";

  static String routes(String routes) {
    return listener(
            "rds: {route_config_name: r, config_source: {ads: {}}}\nhttp_filters: [" + ROUTER + "]")
        + """
        routes:
        - name: r
          ignore_port_in_host_matching: true
          virtual_hosts:
          - name: v
            domains: ["*"]
            routes:
        """
        + routes.indent(4);
  }

  static TcpListenerPlan tcp(Compiled compiled) {
    return (TcpListenerPlan) Objects.requireNonNull(compiled.plan().listeners().get("l"));
  }

  static RoutePlan route(Compiled compiled, RequestHead request) {
    TcpListenerPlan listener = tcp(compiled);
    return Objects.requireNonNull(
        Objects.requireNonNull(listener.chains().otherwise()).http().router().route(request));
  }

  private static Action action(String yaml, String target) {
    return route(compile(routes(yaml)), get("h", target)).action();
  }

  private static InetSocketAddress address(String ip, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
  }

  // --- listeners -------------------------------------------------------------------------------

  @Test
  void readsAddressesAndDefaults() {
    TcpListenerPlan listener =
        tcp(
            compile(
                """
                listeners:
                - name: l
                  address: {socket_address: {address: "::", port_value: 80, ipv4_compat: true}}
                  additional_addresses:
                  - address: {socket_address: {address: 127.0.0.2, port_value: 81}}
                  filter_chains:
                  - filters:
                    - name: http
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                        stat_prefix: web
                        use_remote_address: true
                        route_config: {virtual_hosts: []}
                        http_filters:
                        - name: router
                          typed_config:
                            "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                """));

    assertThat(listener.addresses()).containsExactly(address("::", 80), address("127.0.0.2", 81));
    assertThat(listener.chains().secure()).isFalse();
    var http = Objects.requireNonNull(listener.chains().find(null)).http();
    assertThat(http.name()).isEqualTo("web");
    assertThat(http.options()).isEqualTo(HttpOptions.DEFAULTS);
    assertThat(http.router().route(get("h", "/"))).isNull();
  }

  @Test
  void readsHttpOptions() {
    Compiled compiled =
        compile(
            listener(
                """
                xff_num_trusted_hops: 2
                max_request_headers_kb: 32
                stream_idle_timeout: 1s
                request_timeout: 2s
                request_headers_timeout: 0s
                common_http_protocol_options: {idle_timeout: 3.5s, max_headers_count: 50}
                http2_protocol_options: {max_concurrent_streams: 7}
                normalize_path: true
                merge_slashes: true
                path_with_escaped_slashes_action: REJECT_REQUEST
                server_header_transformation: PASS_THROUGH
                upgrade_configs: [{upgrade_type: websocket}]
                route_config: {virtual_hosts: []}
                http_filters:
                - name: router
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                    suppress_envoy_headers: true
                """));

    TcpListenerPlan listener = tcp(compiled);
    assertThat(Objects.requireNonNull(listener.chains().otherwise()).http().options())
        .isEqualTo(
            new HttpOptions(
                32 * 1024,
                50,
                HttpOptions.DEFAULTS.maxUriBytes(),
                HttpOptions.DEFAULTS.maxBodyBytes(),
                7,
                3_500_000_000L,
                0,
                2_000_000_000L,
                1_000_000_000L,
                new TrustedProxies.Hops(2),
                new PathNormalisation(true, EscapedSlashes.REJECT),
                Set.of(),
                false));
  }

  @Test
  void readsUpgradesWhereTheListSaysThatItIsComplete() {
    Compiled compiled =
        compile(
            listener(
                """
                upgrade_configs:
                - {upgrade_type: websocket}
                - {upgrade_type: Chat/2, enabled: true}
                route_config: {virtual_hosts: []}
                http_filters: [%s]
                """
                    .formatted(ROUTER)));

    assertThat(
            Objects.requireNonNull(tcp(compiled).chains().otherwise()).http().options().upgrades())
        .containsExactlyInAnyOrder("websocket", "chat/2");
  }

  @Test
  void readsTrustedRanges() {
    Compiled compiled =
        compile(
            listener(
                    """
                    original_ip_detection_extensions:
                    - name: xff
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.http.original_ip_detection.xff.v3.XffConfig
                        skip_xff_append: false
                        xff_trusted_cidrs: {cidrs: [{address_prefix: 10.0.0.0, prefix_len: 8}]}
                    route_config: {virtual_hosts: []}
                    http_filters: [%s]
                    """
                        .formatted(ROUTER))
                .replace("use_remote_address: true", "use_remote_address: false"));

    TcpListenerPlan listener = tcp(compiled);
    assertThat(
            Objects.requireNonNull(listener.chains().otherwise()).http().options().trustedProxies())
        .isInstanceOfSatisfying(
            TrustedProxies.Ranges.class,
            trusted -> {
              assertThat(trusted.ranges()).hasSize(1);
              assertThat(trusted.ranges().getFirst().contains(new byte[] {10, 1, 2, 3})).isTrue();
            });
  }

  // --- matches ---------------------------------------------------------------------------------

  @Test
  void matchesRequests() {
    Compiled compiled =
        compile(
            routes(
                """
                - {name: exact, match: {path: /a}, direct_response: {status: 200}}
                - {name: segments, match: {path_separated_prefix: /a}, direct_response: {status: 200}}
                - {name: regex, match: {safe_regex: {regex: "/b/[0-9]+"}}, direct_response: {status: 200}}
                - name: method
                  match: {prefix: /, headers: [{name: ":method", string_match: {exact: PUT}}]}
                  direct_response: {status: 200}
                - name: header
                  match:
                    prefix: /
                    headers:
                    - {name: X-Version, string_match: {safe_regex: {regex: "[23]"}}}
                    - {name: x-debug, present_match: true, invert_match: true}
                  direct_response: {status: 200}
                - name: query
                  match: {prefix: /, query_parameters: [{name: q, string_match: {prefix: "1"}}]}
                  direct_response: {status: 200}
                - name: host
                  match: {prefix: /, headers: [{name: host, string_match: {suffix: ":81"}}]}
                  direct_response: {status: 200}
                - {match: {prefix: /}, direct_response: {status: 200}}
                """));

    assertThat(route(compiled, get("h", "/a")).name()).isEqualTo("exact");
    assertThat(route(compiled, get("h", "/a/b")).name()).isEqualTo("segments");
    assertThat(route(compiled, get("h", "/b/7")).name()).isEqualTo("regex");
    assertThat(route(compiled, request("PUT", "h", "/x")).name()).isEqualTo("method");
    assertThat(route(compiled, request("GET", "h", "/x", "x-version", "2")).name())
        .isEqualTo("header");
    assertThat(route(compiled, request("GET", "h", "/", "x-version", "2", "x-debug", "")).name())
        .isEqualTo("v/route/7");
    assertThat(route(compiled, get("h", "/x?q=12")).name()).isEqualTo("query");
    assertThat(route(compiled, get("h:81", "/x")).name()).isEqualTo("host");
  }

  // --- actions ---------------------------------------------------------------------------------

  @Test
  void forwardsToACluster() {
    assertThat(action("- {match: {prefix: /}, route: {cluster: c, timeout: 0s}}", "/"))
        .isInstanceOfSatisfying(
            Forward.class,
            forward -> {
              assertThat(forward.backends())
                  .extracting(WeightedBackend::cluster)
                  .containsExactly("c");
              assertThat(forward.totalWeight()).isEqualTo(1);
              assertThat(forward.missingCluster()).isEqualTo(Reason.NO_CLUSTER);
              assertThat(forward.timeouts()).isEqualTo(new Timeouts(0, 0));
              assertThat(forward.backends().getFirst().change().path()).isNull();
              assertThat(forward.backends().getFirst().change().host()).isNull();
            });
  }

  @Test
  void forwardsByWeightWithTimeouts() {
    Action action =
        action(
            """
            - match: {prefix: /}
              route:
                weighted_clusters: {clusters: [{name: a, weight: 3}, {name: b, weight: 0}]}
                cluster_not_found_response_code: INTERNAL_SERVER_ERROR
                retry_policy: {per_try_timeout: 2s, num_retries: 0}
                host_rewrite_literal: other
            """,
            "/");

    assertThat(action)
        .isInstanceOfSatisfying(
            Forward.class,
            forward -> {
              assertThat(forward.backends())
                  .extracting(WeightedBackend::cluster, WeightedBackend::weight)
                  .containsExactly(tuple("a", 3L), tuple("b", 0L));
              assertThat(forward.totalWeight()).isEqualTo(3);
              assertThat(forward.missingCluster()).isEqualTo(Reason.INVALID_BACKEND);
              assertThat(forward.timeouts())
                  .isEqualTo(new Timeouts(15_000_000_000L, 2_000_000_000L));
              assertThat(forward.backends().getFirst().change().host())
                  .asString(StandardCharsets.US_ASCII)
                  .isEqualTo("other");
            });
  }

  private static @Nullable RetryPolicy retry(String policy) {
    Forward forward =
        (Forward) action("- {match: {prefix: /}, route: {cluster: c" + policy + "}}", "/");
    return forward.retry();
  }

  @Test
  void compilesRetryPolicies() {
    assertThat(retry("")).isNull();
    assertThat(retry(", retry_policy: {num_retries: 3}")).isNull();
    assertThat(retry(", retry_policy: {retry_on: reset, num_retries: 0}")).isNull();
    assertThat(retry(", retry_policy: {retry_on: retriable-status-codes}")).isNull();
    assertThat(retry(", retry_policy: {retry_on: 'connect-failure, refused-stream'}"))
        .isEqualTo(
            new RetryPolicy(
                Set.of(Condition.CONNECT_FAILURE, Condition.REFUSED_STREAM),
                new BitSet(),
                1,
                25_000_000,
                250_000_000));
    BitSet statuses = new BitSet();
    statuses.set(409);
    statuses.set(418);
    statuses.set(502, 505);
    assertThat(
            retry(
                ", retry_policy: {retry_on: 'gateway-error,retriable-4xx,retriable-status-codes',"
                    + " retriable_status_codes: [418], num_retries: 4294967295,"
                    + " retry_back_off: {base_interval: 1s}}"))
        .isEqualTo(
            new RetryPolicy(
                Set.of(Condition.RESET),
                statuses,
                Integer.MAX_VALUE,
                1_000_000_000,
                10_000_000_000L));
    RetryPolicy longest =
        Objects.requireNonNull(
            retry(
                ", retry_policy: {retry_on: 5xx, retry_back_off: {base_interval: 1s, max_interval: 2s}}"));
    assertThat(longest.longestPauseNanos()).isEqualTo(2_000_000_000);
    assertThat(longest.statuses().cardinality()).isEqualTo(100);
  }

  @Test
  void letsBackendsHaveActionsOfTheirOwn() {
    Forward forward =
        (Forward)
            action(
                """
                - match: {path_separated_prefix: /a}
                  route:
                    prefix_rewrite: /rule
                    host_rewrite_literal: rule
                    weighted_clusters:
                      clusters:
                      - {name: rule, weight: 1}
                      - {name: host, weight: 1, host_rewrite_literal: own}
                      - name: path
                        weight: 1
                        typed_per_filter_config:
                          dev.weir.backend_action:
                            "@type": type.googleapis.com/envoy.config.route.v3.RouteAction
                            prefix_rewrite: /own
                      - name: unchanged
                        weight: 1
                        typed_per_filter_config:
                          dev.weir.backend_action:
                            "@type": type.googleapis.com/envoy.config.route.v3.RouteAction
                      - name: redirect
                        weight: 1
                        typed_per_filter_config:
                          dev.weir.backend_action:
                            "@type": type.googleapis.com/envoy.config.route.v3.RedirectAction
                            prefix_rewrite: /redirected
                            response_code: SEE_OTHER
                """,
                "/a/b");

    assertThat(forward.backends())
        .extracting(WeightedBackend::cluster, CompilerTest::target)
        .containsExactly(
            tuple("rule", "rule/rule/b"),
            tuple("host", "own/rule/b"),
            tuple("path", "rule/own/b"),
            tuple("unchanged", "rule/a/b"),
            tuple("redirect", "303 /redirected/b"));
  }

  /** Where a request for {@code /a/b} goes. */
  private static String target(WeightedBackend backend) {
    RequestHead request = get("h", "/a/b");
    Redirect redirect = backend.redirect();
    PathRewrite rewrite = redirect == null ? backend.change().path() : redirect.path();
    String path =
        rewrite == null
            ? request.path()
            : new String(rewrite.rewrite(request), StandardCharsets.UTF_8);
    return redirect != null
        ? redirect.status() + " " + path
        : new String(Objects.requireNonNull(backend.change().host()), StandardCharsets.US_ASCII)
            + path;
  }

  private static String rewritten(String match, String rewrite, String target) {
    Forward forward =
        (Forward)
            action("- {match: {" + match + "}, route: {cluster: c, " + rewrite + "}}", target);
    PathRewrite path = Objects.requireNonNull(forward.backends().getFirst().change().path());
    return new String(path.rewrite(get("h", target)), StandardCharsets.UTF_8);
  }

  @Test
  void mirrors() {
    Action action =
        action(
            """
            - match: {prefix: /}
              route:
                cluster: c
                request_mirror_policies:
                - {cluster: all, disable_shadow_host_suffix_append: true}
                - {cluster: some, runtime_fraction: {default_value: {numerator: 20}}}
                - cluster: few
                  runtime_fraction: {default_value: {numerator: 5, denominator: MILLION}}
                - cluster: more
                  runtime_fraction: {default_value: {numerator: 4294967295, denominator: TEN_THOUSAND}}
            """,
            "/");
    assertThat(action)
        .isInstanceOfSatisfying(
            Forward.class,
            forward ->
                assertThat(forward.backends().getFirst().mirrors())
                    .containsExactly(
                        new Mirror("all", 100, 100, false),
                        new Mirror("some", 20, 100, true),
                        new Mirror("few", 5, 1_000_000, true),
                        new Mirror("more", 10_000, 10_000, true)));
  }

  @Test
  void mirrorsOfOneBackendStandBesideThoseOfTheRoute() {
    Action action =
        action(
            """
            - match: {prefix: /}
              route:
                request_mirror_policies:
                - {cluster: all, disable_shadow_host_suffix_append: true}
                weighted_clusters:
                  clusters:
                  - {name: a, weight: 1}
                  - name: b
                    weight: 1
                    typed_per_filter_config:
                      dev.weir.backend_action:
                        "@type": type.googleapis.com/envoy.config.route.v3.RouteAction
                        prefix_rewrite: /b
                        request_mirror_policies:
                        - {cluster: own, disable_shadow_host_suffix_append: true}
            """,
            "/");
    assertThat(action)
        .isInstanceOfSatisfying(
            Forward.class,
            forward -> {
              assertThat(forward.backends().getFirst().mirrors())
                  .containsExactly(new Mirror("all", 100, 100, false));
              assertThat(forward.backends().getLast().mirrors())
                  .containsExactly(
                      new Mirror("all", 100, 100, false), new Mirror("own", 100, 100, false));
              assertThat(forward.backends().getLast().change().path()).isNotNull();
            });
  }

  @Test
  void rewritesPaths() {
    assertThat(rewritten("path_separated_prefix: /a", "prefix_rewrite: /x", "/a/b?q"))
        .isEqualTo("/x/b");
    assertThat(rewritten("prefix: /", "prefix_rewrite: /x/", "/a")).isEqualTo("/x/a");
    assertThat(rewritten("path: /a", "prefix_rewrite: /x", "/a")).isEqualTo("/x");
    assertThat(
            rewritten(
                "prefix: /", "regex_rewrite: {pattern: {regex: ^/a/*}, substitution: /}", "/a/b"))
        .isEqualTo("/b");
    assertThat(
            rewritten(
                "prefix: /",
                "regex_rewrite: {pattern: {regex: '/(a)/(b)'}, substitution: '/\\2\\10$\\\\'}",
                "/a/b"))
        .isEqualTo("/ba0$\\");
  }

  private static PathRewrite rewrite(String match, String regex, String substitution) {
    Forward forward =
        (Forward)
            action(
                "- {match: {%s}, route: {cluster: c, regex_rewrite: {pattern: {regex: '%s'}, substitution: '%s'}}}"
                    .formatted(match, regex, substitution),
                "/a.b/c");
    return Objects.requireNonNull(forward.backends().getFirst().change().path());
  }

  @Test
  void needsNoExpressionForSimpleRewrites() {
    PathRewrite full = rewrite("prefix: /", "^/.*$", "/x");
    assertThat(full).isInstanceOf(PathRewrite.Full.class);
    assertThat(full.rewrite(get("h", "/a?q"))).asString(StandardCharsets.UTF_8).isEqualTo("/x");
    assertThat(rewrite("prefix: /", "^/.*$", "/x\\0")).isInstanceOf(PathRewrite.Regex.class);
    assertThat(rewrite("prefix: \"\"", "^/.*$", "/x")).isInstanceOf(PathRewrite.Regex.class);

    PathRewrite nothing = rewrite("prefix: /", "^/.*$", "");
    assertThat(nothing.rewrite(get("h", "/a?q"))).asString(StandardCharsets.UTF_8).isEqualTo("/");

    PathRewrite off = rewrite("path_separated_prefix: /a.b", "^/a\\.b/?", "/");
    assertThat(off).isInstanceOf(PathRewrite.Prefix.class);
    PathRewrite same = rewrite("prefix: /", "^/a\\.b/?", "/");
    assertThat(same).isInstanceOf(PathRewrite.Regex.class);
    for (String path : List.of("/a.b", "/a.b/", "/a.b/c", "/a.b//c", "/a.b?q", "/a.b/c?q")) {
      assertThat(off.rewrite(get("h", path))).as(path).isEqualTo(same.rewrite(get("h", path)));
    }
    assertThat(rewrite("path_separated_prefix: /a.b", "^/a.b/?", "/"))
        .isInstanceOf(PathRewrite.Regex.class);
  }

  @Test
  void redirects() {
    Action action =
        action(
            """
            - match: {path_separated_prefix: /a}
              redirect:
                scheme_redirect: HTTPS
                host_redirect: other
                port_redirect: 8443
                prefix_rewrite: /x
                response_code: FOUND
            """,
            "/a/b");

    assertThat(action)
        .isInstanceOfSatisfying(
            Redirect.class,
            redirect -> {
              assertThat(redirect.status()).isEqualTo(302);
              assertThat(redirect.scheme()).isEqualTo("https");
              assertThat(redirect.host()).isEqualTo("other");
              assertThat(redirect.port()).isEqualTo(8443);
              assertThat(Objects.requireNonNull(redirect.path()).rewrite(get("h", "/a/b")))
                  .asString(StandardCharsets.UTF_8)
                  .isEqualTo("/x/b");
            });
    assertThat(action("- {match: {prefix: /}, redirect: {https_redirect: true}}", "/"))
        .isEqualTo(new Redirect(301, "https", null, -1, null));
  }

  @Test
  void responds() {
    String yaml =
        """
        - {match: {path: /}, direct_response: {status: 418, body: {inline_string: tea}}}
        - {match: {path: /500}, direct_response: {status: 500}}
        - {match: {path: /421}, direct_response: {status: 421}}
        """;

    assertThat(action(yaml, "/"))
        .isInstanceOfSatisfying(
            Respond.class,
            respond -> {
              assertThat(respond.status()).isEqualTo(418);
              assertThat(respond.reason()).isEqualTo(Reason.DIRECT_RESPONSE);
              assertThat(respond.body()).asString(StandardCharsets.UTF_8).isEqualTo("tea");
            });
    assertThat(((Respond) action(yaml, "/500")).reason()).isEqualTo(Reason.INVALID_BACKEND);
    assertThat(((Respond) action(yaml, "/421")).reason()).isEqualTo(Reason.MISDIRECTED);
  }

  // --- clusters --------------------------------------------------------------------------------

  private static ClusterPlan cluster(String yaml) {
    return Objects.requireNonNull(compile(yaml).plan().clusters().get("c"));
  }

  @Test
  void readsEdsClusters() {
    ClusterPlan cluster =
        cluster(
            """
            clusters:
            - name: c
              type: EDS
              eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}, service_name: s}
              lb_policy: LEAST_REQUEST
              connect_timeout: 1s
              circuit_breakers: {thresholds: [{max_connections: 9, max_requests: 4294967295}]}
              typed_extension_protocol_options:
                envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                  "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                  explicit_http_config: {http2_protocol_options: {}}
            endpoints:
            - cluster_name: s
              endpoints:
              - locality: {region: r, zone: z}
                priority: 1
                load_balancing_weight: 5
                lb_endpoints:
                - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}
                  load_balancing_weight: 3
                - endpoint: {address: {socket_address: {address: 127.0.0.2, port_value: 2}}}
                  health_status: DRAINING
                - endpoint: {address: {socket_address: {address: 127.0.0.3, port_value: 3}}}
                  health_status: UNHEALTHY
              - lb_endpoints:
                - endpoint: {address: {pipe: {path: /run/x.sock}}}
            """);

    assertThat(cluster)
        .isEqualTo(
            new ClusterPlan(
                "c",
                UpstreamProtocol.HTTP_2,
                null,
                1_000_000_000L,
                Balancing.LEAST_REQUEST,
                new Limits(9, Limits.DEFAULTS.pendingRequests(), 0, null),
                List.of(
                    new EndpointPlan(address("127.0.0.1", 1), 3, 1, "r/z/"),
                    new EndpointPlan(new DomainSocketAddress("/run/x.sock"), 1, 0, ""))));
  }

  @Test
  void readsRetryBudgets() {
    ClusterPlan cluster =
        cluster(
            """
            clusters:
            - name: c
              type: STATIC
              load_assignment: {cluster_name: c}
              metadata:
                filter_metadata:
                  dev.weir.retry_budget: {percent: 20, interval_ms: 10000, min_retries: 5, min_retries_interval_ms: 250}
              circuit_breakers:
                thresholds:
                - {max_retries: 4294967295, retry_budget: {budget_percent: {value: 20}, min_retry_concurrency: 5}}
            """);

    assertThat(cluster.limits())
        .isEqualTo(
            new Limits(
                Limits.DEFAULTS.connections(),
                Limits.DEFAULTS.pendingRequests(),
                Limits.DEFAULTS.requests(),
                new RetryBudget(20, 10_000_000_000L, 5, 250_000_000)));
  }

  @Test
  void readsClustersWithNames() {
    ClusterPlan cluster =
        cluster(
            """
            clusters:
            - name: c
              type: STRICT_DNS
              respect_dns_ttl: true
              load_assignment:
                cluster_name: c
                endpoints:
                - lb_endpoints:
                  - endpoint: {address: {socket_address: {address: a.example, port_value: 1}}}
                  - endpoint: {address: {socket_address: {address: "::1", port_value: 2}}}
            """);

    assertThat(cluster.protocol()).isEqualTo(UpstreamProtocol.HTTP_1);
    assertThat(cluster.connectTimeoutNanos()).isEqualTo(5_000_000_000L);
    assertThat(cluster.endpoints())
        .extracting(EndpointPlan::address)
        .containsExactly(InetSocketAddress.createUnresolved("a.example", 1), address("::1", 2));
  }

  // --- filters ---------------------------------------------------------------------------------

  private static final String LEVELS =
      listener(
              """
              rds: {route_config_name: r, config_source: {ads: {}}}
              http_filters:
              - name: tag
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer
                  max_request_bytes: 1
              - %s
              """
                  .formatted(ROUTER))
          + """
          routes:
          - name: r
            virtual_hosts:
            - name: v
              domains: ["*"]
              typed_per_filter_config: {tag: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, buffer: {max_request_bytes: 2}}}
              routes:
              - {name: host, match: {path: /host}, route: {cluster: c}}
              - name: route
                match: {path: /route}
                typed_per_filter_config: {tag: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, buffer: {max_request_bytes: 3}}}
                route:
                  weighted_clusters:
                    clusters:
                    - {name: a, weight: 1}
                    - name: b
                      weight: 1
                      typed_per_filter_config: {tag: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, buffer: {max_request_bytes: 4}}}
              - name: "off"
                match: {path: /off}
                typed_per_filter_config: {tag: {"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true}}
                route: {cluster: c}
          """;

  private static Forward forward(RoutePlan plan) {
    return (Forward) plan.action();
  }

  @Test
  void letsTheMostSpecificFilterConfigurationWin() {
    Compiled compiled = compile(LEVELS, Tags.MOST_SPECIFIC);

    RoutePlan host = route(compiled, get("h", "/host"));
    assertThat(Tags.of(host.filters())).containsExactly("1/2");
    assertThat(forward(host).backends().getFirst().filters()).isSameAs(host.filters());
    RoutePlan route = route(compiled, get("h", "/route"));
    assertThat(Tags.of(route.filters())).containsExactly("1/3");
    assertThat(forward(route).backends().getFirst().filters()).isSameAs(route.filters());
    assertThat(Tags.of(forward(route).backends().getLast().filters())).containsExactly("1/4");
    assertThat(route(compiled, get("h", "/off")).filters()).isEmpty();
  }

  @Test
  void mergesAllLevelsInTheOrderOfTheFilter() {
    RoutePlan first = route(compile(LEVELS, Tags.SPECIFIC_FIRST), get("h", "/route"));
    assertThat(Tags.of(forward(first).backends().getLast().filters())).containsExactly("1/2");

    RoutePlan last = route(compile(LEVELS, Tags.SPECIFIC_LAST), get("h", "/route"));
    assertThat(Tags.of(last.filters())).containsExactly("1/3");
    assertThat(Tags.of(forward(last).backends().getLast().filters())).containsExactly("1/4");
  }

  @Test
  void runsDisabledFiltersOnlyWhereARouteConfiguresThem() {
    Compiled compiled =
        compile(
            LEVELS
                .replace("- name: tag\n", "- name: tag\n          disabled: true\n")
                .replaceFirst("\n *typed_per_filter_config: [^\n]*", ""),
            Tags.MOST_SPECIFIC);

    assertThat(route(compiled, get("h", "/host")).filters()).isEmpty();
    assertThat(Tags.of(route(compiled, get("h", "/route")).filters())).containsExactly("1/3");
  }
}
