package dev.weir.proxy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.Verdict.Accepted;
import dev.weir.core.xds.Verdict.Incomplete;
import dev.weir.core.xds.Verdict.Rejected;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.proxy.plan.Action.Respond;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.plan.Requests;
import dev.weir.proxy.plan.RouteTable;
import dev.weir.proxy.plan.Router;
import dev.weir.proxy.plan.TcpListenerPlan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What stays the same object when something else changes, and what stays when news are bad. */
class KeepingTest {
  private static final String HCM =
      """
      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
      use_remote_address: true
      http_filters: [%s]
      """
          .formatted(CompilerTest.ROUTER);

  private static final TestKey KEY_A = TestKey.selfSigned("EC", "a.example");
  private static final TestKey KEY_B = TestKey.selfSigned("EC", "b.example");

  private final Compiler compiler = new Compiler(List.of(Tags.MOST_SPECIFIC));
  private Compiled last = Compiled.NOTHING;

  private Plan compile(String yaml) {
    last = compiler.compile(XdsText.snapshot(yaml), last);
    return last.plan();
  }

  private Verdict verdict(ResourceType type, String name) {
    return Objects.requireNonNull(last.verdicts().get(new ResourceKey(type, name)));
  }

  /** What was accepted as a whole, by this version, has been looked at. */
  @Test
  void whatTheProcessBeforeRanStaysWhenItComesAgain() {
    String clusters = "clusters: [{name: a}, {name: b}]";
    last = compiler.restore(XdsText.snapshot(clusters));
    Plan restored = last.plan();

    assertThat(restored.clusters()).containsOnlyKeys("a", "b");
    assertThat(verdict(ResourceType.CLUSTER, "a")).isInstanceOf(Accepted.class);
    assertThat(compile(clusters)).isSameAs(restored);
  }

  @Test
  void onlyWhatTheProcessBeforeRanIsNotLookedAt() {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(9999, Field.newBuilder().addVarint(1).build())
            .build();
    Cluster cluster = Cluster.newBuilder().setName("a").setUnknownFields(unknown).build();
    XdsSnapshot snapshot =
        new XdsSnapshot(
            Map.of(), Map.of(), Map.of("a", new Resource<>("a", "2", cluster)), Map.of(), Map.of());

    last = compiler.restore(snapshot);
    assertThat(verdict(ResourceType.CLUSTER, "a")).isInstanceOf(Accepted.class);
    last = compiler.restore(XdsText.snapshot("clusters: [{name: a}]"));
    last = compiler.compile(snapshot, last);
    assertThat(verdict(ResourceType.CLUSTER, "a"))
        .isInstanceOfSatisfying(
            Rejected.class, rejected -> assertThat(rejected.message()).contains("9999"));
  }

  private static String chain(String name) {
    return """
    - name: %1$s
      filter_chain_match: {server_names: [%1$s.example]}
      transport_socket:
        name: tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context: {tls_certificate_sds_secret_configs: [{name: %1$s, sds_config: {ads: {}}}]}
      filters:
      - name: http
        typed_config:
          rds: {route_config_name: %1$s, config_source: {ads: {}}}
    """
            .formatted(name)
        + HCM.indent(6);
  }

  private static String routes(String name, String path) {
    return """
    - name: %s
      virtual_hosts:
      - {name: v, domains: ["*"], routes: [{name: "%s", match: {path: "%s"}, route: {cluster: c}}]}
    """
        .formatted(name, path, path);
  }

  private static String secret(String name, TestKey key) {
    return "- {name: " + name + ", tls_certificate: " + key.yaml() + "}\n";
  }

  private static String endpoints(int port) {
    return """
    endpoints:
    - cluster_name: c
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]
    """
        .formatted(port);
  }

  private static final String CLUSTERS =
      """
      clusters:
      - {name: c, type: EDS}
      - {name: d, connect_timeout: 1s}
      """;

  private static String all(
      String chains, String routesA, String routesB, TestKey a, TestKey b, int port) {
    return "listeners:\n- name: l\n"
        + "  address: {socket_address: {address: 127.0.0.1, port_value: 443}}\n"
        + "  filter_chains:\n"
        + chains.indent(2)
        + "routes:\n"
        + routesA
        + routesB
        + "secrets:\n"
        + secret("a", a)
        + secret("b", b)
        + CLUSTERS
        + endpoints(port);
  }

  private static final String CHAINS = chain("a") + chain("b");
  private static final String ROUTES_A = routes("a", "/a");
  private static final String ROUTES_B = routes("b", "/b");
  private static final String BASE = all(CHAINS, ROUTES_A, ROUTES_B, KEY_A, KEY_B, 1);

  private static TcpListenerPlan listener(Plan plan) {
    return (TcpListenerPlan) Objects.requireNonNull(plan.listeners().get("l"));
  }

  private static ChainPlan chain(Plan plan, String name) {
    return Objects.requireNonNull(listener(plan).chains().find(name));
  }

  private static ClusterPlan cluster(Plan plan, String name) {
    return Objects.requireNonNull(plan.clusters().get(name));
  }

  private static Object context(Plan plan, String name) {
    return Objects.requireNonNull(chain(plan, name).tls()).context(null);
  }

  // --- identity --------------------------------------------------------------------------------

  @Test
  void givesTheSamePlanForTheSameSnapshot() {
    Plan first = compile(BASE);

    assertThat(compile(BASE)).isSameAs(first);
    assertThat(last.verdicts()).hasSize(8);
    assertThat(last.verdicts().values()).allMatch(Accepted.class::isInstance);
  }

  @Test
  void replacesOneClusterWhenItsEndpointsChange() {
    Plan first = compile(BASE);
    Plan second = compile(all(CHAINS, ROUTES_A, ROUTES_B, KEY_A, KEY_B, 2));

    assertThat(listener(second)).isSameAs(listener(first));
    assertThat(cluster(second, "d")).isSameAs(cluster(first, "d"));
    assertThat(cluster(second, "c")).isNotEqualTo(cluster(first, "c"));
    assertThat(cluster(second, "c").endpoints()).hasSize(1);
  }

  @Test
  void replacesOneContextWhenItsSecretChanges() {
    Plan first = compile(BASE);
    Plan second =
        compile(all(CHAINS, ROUTES_A, ROUTES_B, TestKey.selfSigned("EC", "a.example"), KEY_B, 1));

    assertThat(context(second, "a.example")).isNotSameAs(context(first, "a.example"));
    assertThat(context(second, "b.example")).isSameAs(context(first, "b.example"));
    assertThat(chain(second, "a.example").http().router())
        .isSameAs(chain(first, "a.example").http().router());
    assertThat(cluster(second, "c")).isSameAs(cluster(first, "c"));
  }

  @Test
  void replacesOneRouterWhenItsRoutesChange() {
    Plan first = compile(BASE);
    Plan second = compile(all(CHAINS, routes("a", "/x"), ROUTES_B, KEY_A, KEY_B, 1));

    assertThat(chain(second, "a.example").http().router())
        .isNotSameAs(chain(first, "a.example").http().router());
    assertThat(chain(second, "b.example")).isEqualTo(chain(first, "b.example"));
    assertThat(context(second, "a.example")).isSameAs(context(first, "a.example"));
  }

  @Test
  void compilesOnlyTheVirtualHostsThatChange() {
    compile("routes:\n" + hosts("/a", ""));
    Map<String, RouteTable.Host> first = hostsOfTable();
    compile("routes:\n" + hosts("/x", ""));
    Map<String, RouteTable.Host> second = hostsOfTable();

    assertThat(second.get("one")).isNotSameAs(first.get("one"));
    assertThat(second.get("two")).isSameAs(first.get("two"));

    // Filters from above are in all of them.
    compile(
        "routes:\n"
            + hosts(
                "/x",
                "typed_per_filter_config: {other: {\"@type\":"
                    + " type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true}}"));
    assertThat(hostsOfTable().get("two")).isNotSameAs(second.get("two"));
  }

  @Test
  void checksWhatIsNewInARouteConfiguration() {
    compile("routes:\n" + hosts("/a", ""));
    compile(
        "routes:\n"
            + hosts("/a", "")
                .replace("name: one,", "name: one, include_attempt_count_in_response: true,"));
    assertThat(verdict(ResourceType.ROUTE_CONFIGURATION, "r"))
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected ->
                assertThat(rejected.message())
                    .contains("virtual_hosts[0].include_attempt_count_in_response"));
    compile("routes:\n" + hosts("/a", "").replace("[two.example]", "[ONE.example]"));
    assertThat(verdict(ResourceType.ROUTE_CONFIGURATION, "r")).isInstanceOf(Rejected.class);
    compile("routes:\n" + hosts("/a", ""));
    assertThat(verdict(ResourceType.ROUTE_CONFIGURATION, "r")).isInstanceOf(Accepted.class);
  }

  private static String hosts(String path, String more) {
    return """
    - name: r
      %s
      virtual_hosts:
      - {name: one, domains: [one.example], routes: [{name: a, match: {path: "%s"}, route: {cluster: c}}]}
      - {name: two, domains: [two.example], routes: [{name: b, match: {path: /}, route: {cluster: c}}]}
    """
        .formatted(more, path);
  }

  private Map<String, RouteTable.Host> hostsOfTable() {
    return hostsOfTable("r");
  }

  private Map<String, RouteTable.Host> hostsOfTable(String name) {
    CompiledRoutes routes =
        Objects.requireNonNull(
            Objects.requireNonNull(Objects.requireNonNull(last.parts().routes().get(name)).value())
                .get(HttpFilterChain.EMPTY));
    Map<String, RouteTable.Host> byName = new HashMap<>();
    for (int i = 0; i < routes.hosts().size(); i++) {
      byName.put(routes.message().getVirtualHosts(i).getName(), routes.hosts().get(i));
    }
    return byName;
  }

  /** As those with and without TLS. */
  @Test
  void compilesOnceWhatTwoRouteConfigurationsHaveAlike() {
    String second = hosts("/b", "").replace("name: r", "name: s");
    compile("routes:\n" + hosts("/a", "") + second);
    RouteTable.Host two = Objects.requireNonNull(hostsOfTable("r").get("two"));

    assertThat(hostsOfTable("s").get("two")).isSameAs(two);
    assertThat(hostsOfTable("s").get("one")).isNotSameAs(hostsOfTable("r").get("one"));

    // What filters count, they count for one of them.
    String own =
        "typed_per_filter_config: {other: {\"@type\":"
            + " type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true}}, ";
    String filtered = "routes:\n" + hosts("/a", "") + second;
    for (String place : List.of("name: two, ", "name: b, ")) {
      compile("");
      compile(filtered.replace(place, place + own));
      assertThat(hostsOfTable("s").get("two")).isNotSameAs(hostsOfTable("r").get("two"));
    }
  }

  @Test
  void keepsTheChainsOfAListenerThatGetsAnother() {
    Plan first = compile(all(chain("a"), ROUTES_A, ROUTES_B, KEY_A, KEY_B, 1));
    Plan second = compile(BASE);

    assertThat(chain(second, "a.example")).isEqualTo(chain(first, "a.example"));
    assertThat(context(second, "a.example")).isSameAs(context(first, "a.example"));
  }

  @Test
  void dropsWhatIsNoLongerThere() {
    compile(BASE);

    assertThat(compile("")).isEqualTo(Plan.EMPTY);
    assertThat(last.verdicts()).isEmpty();
  }

  // --- last good -------------------------------------------------------------------------------

  @Test
  void keepsTheLastGoodVersionOfEachResource() {
    Plan first = compile(BASE);
    XdsSnapshot good = last.snapshot();
    Plan second =
        compile(
            BASE.replace("match: {path: \"/a\"}", "match: {}")
                .replace("type: EDS", "type: ORIGINAL_DST")
                .replace("name: l\n", "name: l\n  freebind: true\n")
                .replace("port_value: 1}", "port_value: 70000}")
                .replace(secret("b", KEY_B), "- {name: b}\n"));

    assertThat(second).isSameAs(first);
    List.of(
            new ResourceKey(ResourceType.LISTENER, "l"),
            new ResourceKey(ResourceType.ROUTE_CONFIGURATION, "a"),
            new ResourceKey(ResourceType.CLUSTER, "c"),
            new ResourceKey(ResourceType.CLUSTER_LOAD_ASSIGNMENT, "c"),
            new ResourceKey(ResourceType.SECRET, "b"))
        .forEach(key ->
            assertThat(verdict(key.type(), key.name()))
                .isInstanceOfSatisfying(
                    Rejected.class, rejected -> assertThat(rejected.running()).isNotNull()));
    assertThat(verdict(ResourceType.ROUTE_CONFIGURATION, "b")).isInstanceOf(Accepted.class);
    assertThat(((Rejected) verdict(ResourceType.LISTENER, "l")).running())
        .isEqualTo(Objects.requireNonNull(good.listeners().get("l")).version());

    // The rejected versions come again with the next snapshot, and are rejected again.
    Plan third =
        compile(
            BASE.replace("type: EDS", "type: ORIGINAL_DST")
                .replace("port_value: 1}", "port_value: 9}"));
    assertThat(verdict(ResourceType.CLUSTER, "c")).isInstanceOf(Rejected.class);
    assertThat(cluster(third, "c").endpoints().getFirst().address().toString()).endsWith(":9");

    compile(BASE);
    assertThat(last.verdicts().values()).allMatch(Accepted.class::isInstance);
    assertThat(last.plan()).isEqualTo(first);
  }

  @Test
  void usesTheLastGoodRoutesWithNewFilters() {
    String tagged =
        BASE.replace(
            "http_filters: [",
            "http_filters: [{name: tag, typed_config: {\"@type\":"
                + " type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer,"
                + " max_request_bytes: 5}}, ");
    compile(BASE);
    Plan plan = compile(tagged.replace("match: {path: \"/a\"}", "match: {}"));

    assertThat(verdict(ResourceType.ROUTE_CONFIGURATION, "a")).isInstanceOf(Rejected.class);
    Router router = chain(plan, "a.example").http().router();
    var route = Objects.requireNonNull(router.route(Requests.get("h", "/a")));
    assertThat(Tags.of(route.filters())).containsExactly("5/0");
  }

  // --- what is missing -------------------------------------------------------------------------

  @Test
  void answers500WithoutRoutes() {
    Plan plan = compile(all(CHAINS, routes("x", "/a"), ROUTES_B, KEY_A, KEY_B, 1));

    assertThat(verdict(ResourceType.LISTENER, "l"))
        .isInstanceOfSatisfying(
            Incomplete.class,
            incomplete ->
                assertThat(incomplete.message())
                    .isEqualTo(
                        "Listener \"l\": needs the RouteConfiguration \"a\", which is not there"));
    var route =
        Objects.requireNonNull(
            chain(plan, "a.example").http().router().route(Requests.get("h", "/a")));
    assertThat(((Respond) route.action()).status()).isEqualTo(500);
  }

  @Test
  void checksRoutesThatNobodyUses() {
    compile("routes:\n" + routes("x", "/a") + "- {name: y, virtual_hosts: [{domains: []}]}\n");

    assertThat(verdict(ResourceType.ROUTE_CONFIGURATION, "x")).isInstanceOf(Accepted.class);
    assertThat(verdict(ResourceType.ROUTE_CONFIGURATION, "y")).isInstanceOf(Rejected.class);
  }

  @Test
  void hasNoEndpointsWithoutAnAssignment() {
    Plan plan = compile("clusters: [{name: c, type: EDS}]");

    assertThat(cluster(plan, "c").endpoints()).isEmpty();
    assertThat(verdict(ResourceType.CLUSTER, "c"))
        .isInstanceOfSatisfying(
            Incomplete.class,
            incomplete ->
                assertThat(incomplete.message())
                    .contains("ClusterLoadAssignment \"c\", which is not there"));
  }
}
