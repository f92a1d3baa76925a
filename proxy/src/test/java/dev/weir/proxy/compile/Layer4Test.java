package dev.weir.proxy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.TcpListenerPlan;
import dev.weir.proxy.plan.TcpPlan;
import dev.weir.proxy.plan.UdpListenerPlan;
import dev.weir.proxy.plan.UdpPlan;
import dev.weir.proxy.plan.WeightedClusters;
import dev.weir.proxy.plan.WeightedClusters.Share;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Listeners that pass on connections and datagrams, compiled and rejected. */
class Layer4Test {
  private static final String TCP_PROXY =
      "\"@type\": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
  private static final String UDP_PROXY =
      "\"@type\": type.googleapis.com/envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig";
  private static final String ROUTE =
      "\"@type\": type.googleapis.com/envoy.extensions.filters.udp.udp_proxy.v3.Route";
  private static final String WEIGHTED =
      "\"@type\": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster";

  private static String tcp(String... chains) {
    StringBuilder yaml =
        new StringBuilder(
            """
            listeners:
            - name: l
              address: {socket_address: {address: 127.0.0.1, port_value: 9000}}
              filter_chains:
            """);
    for (String chain : chains) {
      yaml.append("  - ").append(chain).append('\n');
    }
    return yaml.toString();
  }

  private static String chain(String match, String proxy) {
    return "{filter_chain_match: {%s}, filters: [{name: tcp, typed_config: {%s, %s}}]}"
        .formatted(match, TCP_PROXY, proxy);
  }

  private static String udp(String action, String more) {
    return """
    listeners:
    - name: l
      address: {socket_address: {protocol: UDP, address: 127.0.0.1, port_value: 53}}
      additional_addresses:
      - address: {socket_address: {protocol: UDP, address: 127.0.0.2, port_value: 53}}
      listener_filters:
      - name: udp
        typed_config:
          %s
          stat_prefix: r
          matcher: {on_no_match: {action: {name: to, typed_config: {%s}}}}
    %s
    """
        .formatted(UDP_PROXY, action, more);
  }

  private static Compiled compile(String yaml) {
    return new Compiler(List.of()).compile(XdsText.snapshot(yaml), Compiled.NOTHING);
  }

  private static ListenerPlan listener(String yaml) {
    Compiled compiled = compile(yaml);
    assertThat(compiled.verdicts())
        .allSatisfy((key, verdict) -> assertThat(verdict).isInstanceOf(Verdict.Accepted.class));
    return Objects.requireNonNull(compiled.plan().listeners().get("l"));
  }

  private static String rejection(String yaml) {
    Verdict verdict =
        Objects.requireNonNull(
            compile(yaml).verdicts().get(new ResourceKey(ResourceType.LISTENER, "l")));
    assertThat(verdict).isInstanceOf(Verdict.Rejected.class);
    return ((Verdict.Rejected) verdict).message();
  }

  // --- TCP -------------------------------------------------------------------------------------

  @Test
  void readsTheDefaultsOfTcp() {
    TcpListenerPlan plan = (TcpListenerPlan) listener(tcp(chain("", "stat_prefix: r, cluster: c")));
    assertThat(plan.chains().secure()).isFalse();
    assertThat(Objects.requireNonNull(plan.chains().find(null)).traffic())
        .isEqualTo(new TcpPlan("r", WeightedClusters.of("c"), TimeUnit.HOURS.toNanos(1), 1));
  }

  @Test
  void readsTheSettingsOfTcp() {
    TcpListenerPlan plan =
        (TcpListenerPlan)
            listener(
                tcp(
                    chain(
                        "",
                        "stat_prefix: r, idle_timeout: 0s, max_connect_attempts: 5,"
                            + " weighted_clusters: {clusters: [{name: a, weight: 3},"
                            + " {name: b, weight: 1}]}")));
    assertThat(Objects.requireNonNull(plan.chains().otherwise()).traffic())
        .isEqualTo(
            new TcpPlan(
                "r", new WeightedClusters(List.of(new Share("a", 3), new Share("b", 1))), 0, 5));
  }

  @Test
  void chainsThatAreChosenByServerNamePassTlsThrough() {
    TcpListenerPlan plan =
        (TcpListenerPlan)
            listener(
                tcp(
                    chain(
                        "server_names: [A.example, \"*.b.example\"]", "stat_prefix: r, cluster: c"),
                    chain("transport_protocol: tls", "stat_prefix: r, cluster: d")));
    assertThat(plan.chains().secure()).isTrue();
    assertThat(cluster(plan, "a.example")).isEqualTo("c");
    assertThat(cluster(plan, "x.y.b.example")).isEqualTo("c");
    assertThat(cluster(plan, "b.example")).isEqualTo("d");
    assertThat(Objects.requireNonNull(plan.chains().find(null)).tls()).isNull();
  }

  private static String cluster(TcpListenerPlan plan, String serverName) {
    TcpPlan traffic = (TcpPlan) Objects.requireNonNull(plan.chains().find(serverName)).traffic();
    return traffic.clusters().at(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          stat_prefix: r | typed_config: needs cluster or weighted_clusters
          stat_prefix: r, cluster: c, max_connect_attempts: 0 | max_connect_attempts: has to be at least 1
          stat_prefix: r, cluster: c, idle_timeout: -1s | idle_timeout: must not be negative
          stat_prefix: r, weighted_clusters: {} | weighted_clusters.clusters: must not be empty
          stat_prefix: r, weighted_clusters: {clusters: [{name: a}]} | clusters[0].weight: has to be at least 1
          stat_prefix: r, weighted_clusters: {clusters: [{weight: 1}]} | clusters[0].name: must not be empty
          stat_prefix: r, cluster: c, max_downstream_connection_duration: 1s | max_downstream_connection_duration: is set, but
          stat_prefix: r, cluster: c, tunneling_config: {hostname: h} | tunneling_config: is set, but
          """)
  void refusesTcp(String proxy, String expected) {
    assertThat(rejection(tcp(chain("", proxy)))).contains(expected);
  }

  @Test
  void refusesTlsAndPlainTextOnOneListener() {
    String proxy = "stat_prefix: r, cluster: c";
    assertThat(rejection(tcp(chain("server_names: [a]", proxy), chain("", proxy))))
        .contains("filter_chains: TLS and plain text on one listener");
    assertThat(rejection(tcp(chain("server_names: [a], transport_protocol: raw_buffer", proxy))))
        .contains("transport_protocol: has to fit");
    assertThat(rejection(tcp(chain("transport_protocol: quic", proxy))))
        .contains("only tls and raw_buffer are implemented");
  }

  // --- UDP -------------------------------------------------------------------------------------

  @Test
  void readsTheDefaultsOfUdp() {
    assertThat(listener(udp(ROUTE + ", cluster: c", "")))
        .isEqualTo(
            new UdpListenerPlan(
                "l",
                List.of(address("127.0.0.1"), address("127.0.0.2")),
                new UdpPlan(
                    "r",
                    WeightedClusters.of("c"),
                    TimeUnit.SECONDS.toNanos(60),
                    1500,
                    1500,
                    UdpPlan.DEFAULT_SESSIONS)));
  }

  private static InetSocketAddress address(String ip) {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), 53);
  }

  @Test
  void readsTheSettingsOfUdp() {
    UdpListenerPlan plan =
        (UdpListenerPlan)
            listener(
                udp(
                    WEIGHTED + ", clusters: [{name: a, weight: 3}, {name: b, weight: 1}]",
                    """
                          idle_timeout: 5s
                          upstream_socket_config: {max_rx_datagram_size: 9000}
                      udp_listener_config: {downstream_socket_config: {max_rx_datagram_size: 65535}}
                    """));
    assertThat(plan.traffic())
        .isEqualTo(
            new UdpPlan(
                "r",
                new WeightedClusters(List.of(new Share("a", 3), new Share("b", 1))),
                TimeUnit.SECONDS.toNanos(5),
                65535,
                9000,
                UdpPlan.DEFAULT_SESSIONS));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          upstream_socket_config: {max_rx_datagram_size: 0} | max_rx_datagram_size: has to be between 1 and 65535
          idle_timeout: 0s | idle_timeout: has to be greater than 0
          hash_policies: [{source_ip: true}] | hash_policies: is set, but
          use_original_src_ip: true | use_original_src_ip: is set, but
          """)
  void refusesUdp(String setting, String expected) {
    assertThat(
            rejection(
                udp(ROUTE + ", cluster: c", "")
                    .replace("stat_prefix: r", "stat_prefix: r\n      " + setting)))
        .contains(expected);
  }

  @Test
  void refusesUdpThatLeadsNowhere() {
    assertThat(rejection(udp(ROUTE, ""))).contains("typed_config.cluster: must not be empty");
    assertThat(rejection(udp(TCP_PROXY, ""))).contains("only a Route of the UDP proxy");
    assertThat(
            rejection(
                """
                listeners:
                - name: l
                  address: {socket_address: {protocol: UDP, address: 127.0.0.1, port_value: 53}}
                """))
        .contains("listener_filters: has to hold exactly one filter");
    assertThat(
            rejection(
                udp(ROUTE + ", cluster: c", "")
                    .replace("{protocol: UDP, address: 127.0.0.2", "{address: 127.0.0.2")))
        .contains("protocol: has to be UDP like the first address");
  }
}
