package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.endtoend.Program.Running;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Where requests go: by DNS name, with dnsmasq as the server, by priority and by weight. */
@ExtendWith(NoLeaks.class)
class BackendsTest {
  @RegisterExtension static final Parts PARTS = new Parts();

  @TempDir private Path dir;

  private static String get(TestGateway gateway) throws IOException {
    String answer = Peer.ask(gateway.http(), "GET / HTTP/1.1|Host: h||");
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }

  /** The different answers to a number of requests, each on a connection of its own. */
  private static Set<String> answers(TestGateway gateway) throws IOException {
    Set<String> answers = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      answers.add(get(gateway));
    }
    return answers;
  }

  private static String ip(ScriptedServer server) {
    return server.address().getAddress().getHostAddress();
  }

  @Test
  void followsWhatDnsmasqSays() throws Exception {
    Program dnsmasq = Program.needed("dnsmasq");
    String dnsIp = Loopback.next();
    Path hosts = dir.resolve("hosts");
    try (ScriptedServer one = ScriptedServer.answering("one");
        ScriptedServer two = ScriptedServer.answering("two")) {
      Files.writeString(hosts, ip(one) + " svc.example\n");
      try (Running dns =
              dnsmasq.start(
                  dir.resolve("dnsmasq.log"),
                  "--no-daemon",
                  "--conf-file=/dev/null",
                  "--no-resolv",
                  "--no-hosts",
                  "--pid-file",
                  "--addn-hosts=" + hosts,
                  "--local-ttl=1",
                  "--listen-address=" + dnsIp,
                  "--bind-interfaces",
                  "--port=5300",
                  "--user=",
                  "--cname=alias.example,svc.example",
                  "--log-queries");
          TestGateway gateway =
              TestGateway.start(
                  dir,
                  options ->
                      options.withDnsServers(
                          List.of(new InetSocketAddress(InetAddress.ofLiteral(dnsIp), 5300))),
                  List.of(TestGateway.HTTP_LISTENER),
                  Yaml.backend(
                      "named", "groups: [{endpoints: [{hostname: alias.example, port: 8000}]}]"),
                  Yaml.route("named", "/"))) {
        Eventually.holds("the name is resolved", () -> get(gateway).equals("one"));

        Files.writeString(hosts, ip(two) + " svc.example\n");
        signal(dns, "HUP");
        Eventually.holds("the change is followed", () -> get(gateway).equals("two"));

        Files.writeString(hosts, ip(one) + " svc.example\n" + ip(two) + " svc.example\n");
        signal(dns, "HUP");
        Eventually.holds("both are used", () -> get(gateway).equals("one"));

        // Without DNS everything goes on.
        signal(dns, "KILL");
        assertThat(dns.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(answers(gateway)).isEqualTo(Set.of("one", "two"));
        PARTS.ran("dnsmasq", dnsmasq.run("--version").succeeded().lines().findFirst().orElse(""));
      }
    }
  }

  private static void signal(Running program, String name) throws Exception {
    Program.needed("kill").run("-" + name, Long.toString(program.process().pid())).succeeded();
  }

  /**
   * The endpoints of all clusters, none of the local Service of that name, none that is not ready.
   */
  @Test
  void aServiceImportIsTheEndpointsOfAllClusters() throws Exception {
    try (ScriptedServer east = ScriptedServer.answering("east");
        ScriptedServer west = ScriptedServer.answering("west");
        ScriptedServer gone = ScriptedServer.answering("gone");
        ScriptedServer local = ScriptedServer.answering("local");
        TestGateway gateway =
            TestGateway.start(
                dir,
                """
                apiVersion: multicluster.x-k8s.io/v1alpha1
                kind: ServiceImport
                metadata: {name: shop}
                spec: {type: ClusterSetIP, ips: [10.42.0.1], ports: [{name: web, port: 80}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: shop}
                spec: {ports: [{name: web, port: 80}]}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: edge}]
                  rules:
                  - backendRefs:
                    - {group: multicluster.x-k8s.io, kind: ServiceImport, name: shop, port: 80}
                ---
                """,
                slice("east", "multicluster.kubernetes.io/service-name", ready(east)),
                slice("west", "multicluster.kubernetes.io/service-name", ready(west), gone(gone)),
                slice("local", "kubernetes.io/service-name", ready(local)))) {
      assertThat(answers(gateway)).isEqualTo(Set.of("east", "west"));

      gateway.replace(
          "west.yaml", slice("moved", "multicluster.kubernetes.io/service-name", ready(gone)));
      Eventually.holds(
          "the new endpoint is used",
          () -> answers(gateway).equals(Set.of("east", "west", "gone")));
    }
  }

  private static String slice(String name, String label, String... endpoints) {
    return """
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: %s, labels: {%s: shop}}
    addressType: IPv4
    ports: [{name: web, port: 8000}]
    endpoints: [%s]
    ---
    """
        .formatted(name, label, String.join(", ", endpoints));
  }

  private static String ready(ScriptedServer server) {
    return "{addresses: [%s]}".formatted(ip(server));
  }

  private static String gone(ScriptedServer server) {
    return "{addresses: [%s], conditions: {ready: false}}".formatted(ip(server));
  }

  @Test
  void theNextPriorityStandsInWhileTheFirstIsDown() throws Exception {
    String firstIp = Loopback.next();
    String secondIp = Loopback.next();
    try (ScriptedServer standby = ScriptedServer.answering("standby");
        TestGateway gateway =
            TestGateway.start(
                dir,
                Yaml.backend(
                    "shop",
                    """
                    groups:
                    - priority: 0
                      locality: {zone: here}
                      endpoints: [{ip: %s, port: 8000}, {ip: %s, port: 8000}]
                    - priority: 1
                      locality: {zone: there}
                      endpoints: [{ip: %s, port: 8000}]
                    """
                        .formatted(firstIp, secondIp, ip(standby))),
                Yaml.route("shop", "/"))) {
      // Nobody is at home in the first group.
      Eventually.holds("the standby answers", () -> get(gateway).equals("standby"));

      try (ScriptedServer first = ScriptedServer.answering(firstIp, 8000, "first")) {
        // Each worker finds out by itself. One server that is there is enough, and that the other
        // is not costs no request.
        Eventually.holds("the first group is back", () -> answers(gateway).equals(Set.of("first")));
        assertThat(first.connections()).isPositive();
      }
      Eventually.holds("the standby answers again", () -> get(gateway).equals("standby"));
    }
  }

  @Test
  void oneDeadServerCostsNoRequest() throws Exception {
    String deadIp = Loopback.next();
    try (ScriptedServer alive = ScriptedServer.answering("alive");
        TestGateway gateway =
            TestGateway.start(
                dir,
                Yaml.backend(
                    "half",
                    "groups: [{endpoints: [{ip: %s, port: 8000}, {ip: %s, port: 8000}]}]"
                        .formatted(deadIp, ip(alive))),
                Yaml.route("half", "/"))) {
      for (int i = 0; i < 100; i++) {
        assertThat(get(gateway)).isEqualTo("alive");
      }
    }
  }
}
