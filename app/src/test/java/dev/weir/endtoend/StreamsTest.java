package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.endtoend.Program.Run;
import dev.weir.endtoend.Program.Running;
import dev.weir.proxy.observe.AccessLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * TCPRoutes, TLSRoutes and UDPRoutes between programs of others: curl, socat, openssl and dig on
 * one side, nginx, socat, openssl and dnsmasq on the other.
 */
@ExtendWith(NoLeaks.class)
@TestInstance(Lifecycle.PER_CLASS)
class StreamsTest {
  private static final String NGINX =
      """
      server {
        listen %IP%:8000;
        listen %IP%:8443 ssl;
        ssl_certificate %DIR%/backend.crt;
        ssl_certificate_key %DIR%/backend.key;
        root %DIR%/www;
        location / { dav_methods PUT; }
        location /seen { return 200 "$request_method $scheme"; }
      }
      """;
  private static final List<String> LISTENERS =
      List.of(
          "{name: web, port: 8001, protocol: TCP}",
          "{name: count, port: 8002, protocol: TCP}",
          "{name: nobody, port: 8003, protocol: TCP}",
          "{name: pass, port: 8443, protocol: TLS, tls: {mode: Passthrough}}",
          "{name: end, port: 8444, protocol: TLS, hostname: weir.test, tls: {mode: Terminate,"
              + " certificateRefs: [{name: server}]}}");
  private static final String DNS = "{name: dns, port: 5353, protocol: UDP}";

  @RegisterExtension static final Parts PARTS = new Parts();

  private final Program curl = Program.needed("curl");
  private final Program openssl = Program.needed("openssl");
  private final Program dig = Program.needed("dig");
  private final Program socat = Program.needed("socat");
  private Path dir;
  private Path log;
  private byte[] large;
  private Nginx nginx;
  private Running counter;
  private Running tls;
  private Dnsmasq dnsmasq;
  private TestGateway gateway;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    dir = directory;
    log = dir.resolve("weir.log");
    TestCertificate backend = TestCertificate.of("backend.test");
    TestCertificate server = TestCertificate.of("weir.test");
    TestCertificate passed = TestCertificate.of("mail.test", "a.lists.test");
    backend.write(dir, "backend");
    server.write(dir, "server");
    passed.write(dir, "passed");
    large = new byte[3_000_000];
    new Random(1).nextBytes(large);
    nginx = Nginx.start(dir, 8000, NGINX);
    nginx.put("large", large);
    nginx.put("text", "some text".getBytes(StandardCharsets.UTF_8));
    InetSocketAddress counting = address(8000);
    counter =
        socat.start(
            dir.resolve("socat.log"),
            "TCP-LISTEN:8000,bind=%s,fork,reuseaddr".formatted(ip(counting)),
            "EXEC:wc -c");
    InetSocketAddress securing = address(8443);
    tls =
        openssl.start(
            dir.resolve("openssl.log"),
            "s_server",
            "-accept",
            ip(securing) + ":8443",
            "-cert",
            dir.resolve("passed.crt").toString(),
            "-key",
            dir.resolve("passed.key").toString(),
            "-www");
    dnsmasq =
        Dnsmasq.start(
            dir,
            5300,
            "--address=/svc.example/192.0.2.7",
            "--txt-record=big.example," + String.join(",", "x".repeat(250), "y".repeat(250)));
    for (InetSocketAddress each : List.of(counting, securing)) {
      Eventually.holds(each + " listens", () -> connects(each));
    }
    List<String> listeners = new ArrayList<>(LISTENERS);
    listeners.add(DNS);
    gateway =
        TestGateway.start(
            dir,
            options ->
                options
                    .withAccessLog(log, AccessLog.Format.JSON)
                    .withAdmin(
                        new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 15000)),
            listeners,
            server.secret("server"),
            backend.configMap("authority"),
            Yaml.backend("nginx", nginx.address(8000)),
            Yaml.backend(
                "nginx-tls",
                "tls: {hostname: backend.test, caCertificateRefs: [{group: \"\", kind: ConfigMap,"
                    + " name: authority}]}\ngroups: [{endpoints: [{ip: %s, port: 8443}]}]"
                        .formatted(ip(nginx.address(8443)))),
            Yaml.backend("counter", counting),
            Yaml.backend("tls", securing),
            Yaml.backend("dns", dnsmasq.address()),
            route("TCPRoute", "web", "", "nginx"),
            route("TCPRoute", "count", "", "counter"),
            route("TLSRoute", "pass", "hostnames: [mail.test, \"*.lists.test\"]", "tls"),
            route("TLSRoute", "end", "hostnames: [weir.test]", "nginx-tls"),
            route("UDPRoute", "dns", "", "dns"));
    assertThat(gateway.standalone().state().problems()).isEmpty();
    PARTS.ran("curl", curl.run("--version").succeeded().lines().findFirst().orElse(""));
    PARTS.ran("nginx", Nginx.version());
    PARTS.ran("openssl", openssl.run("version").succeeded());
    PARTS.ran("dnsmasq", Dnsmasq.version());
    PARTS.ran("dig", dig.run("-v").errors());
    PARTS.ran("socat", socat.run("-V").succeeded().lines().skip(1).findFirst().orElse(""));
  }

  @AfterAll
  void stop() throws IOException {
    gateway.close();
    dnsmasq.close();
    tls.close();
    counter.close();
    nginx.close();
  }

  private static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), port);
  }

  private static String ip(InetSocketAddress address) {
    return address.getAddress().getHostAddress();
  }

  private static boolean connects(InetSocketAddress address) throws IOException {
    Peer.connect(address).close();
    return true;
  }

  /** A route of any kind from the listener of its name to a Backend. */
  private static String route(String kind, String name, String hostnames, String backend) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: %s
    metadata: {name: %s}
    spec:
      parentRefs: [{name: edge, sectionName: %s}]
      %s
      rules: [{backendRefs: [{group: weir.dev, kind: Backend, name: %s}]}]
    ---
    """
        .formatted(kind, name, name, hostnames, backend);
  }

  private Exposition metrics() throws Exception {
    InetSocketAddress admin = Objects.requireNonNull(gateway.standalone().adminAddress());
    return Exposition.of(curl.run("-sS", "http://" + ip(admin) + ":15000/metrics").succeeded());
  }

  private static String series(String metric, Object port, String route) {
    return "%s{listener=\"Gateway/default/edge/port/%s\",route=\"%s\"}"
        .formatted(metric, port, route);
  }

  /** Waits for a line of the access log. */
  private JsonNode logged(Predicate<JsonNode> wanted) throws Exception {
    List<JsonNode> found = new ArrayList<>();
    Eventually.holds(
        "the line is written",
        () -> {
          for (String line : Files.readAllLines(log)) {
            JsonNode object = object(line);
            if (wanted.test(object)) {
              found.add(object);
            }
          }
          return !found.isEmpty();
        });
    return found.getFirst();
  }

  private static JsonNode object(String line) {
    try {
      return JsonMapper.shared().readTree(line);
    } catch (JacksonException e) {
      throw new AssertionError("no JSON: " + line, e);
    }
  }

  private static Predicate<JsonNode> of(Object port) {
    return line -> line.get("listener").asString().endsWith("/port/" + port);
  }

  private Run client(String servername, int port, String... options) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("s_client", "-connect", gateway.ip() + ":" + port));
    arguments.addAll(List.of("-servername", servername, "-brief"));
    arguments.addAll(List.of(options));
    return openssl.run(arguments);
  }

  private String get(String host, int port, String authority, String path) throws Exception {
    return curl.run(
            "-sSf",
            "--cacert",
            dir.resolve(authority).toString(),
            "--resolve",
            host + ":" + port + ":" + gateway.ip(),
            "https://" + host + ":" + port + path)
        .succeeded();
  }

  @Test
  void passesTcpOnBothWays() throws Exception {
    String url = "http://" + gateway.ip() + ":8001";
    String sent = series("weir_relay_sent_bytes_total", 8001, "TCPRoute/default/web/rule/0");
    double before = metrics().value(sent);
    Path received = dir.resolve("received");
    curl.run("-sSf", "-o", received.toString(), url + "/large").succeeded();
    assertThat(received).hasBinaryContent(large);
    Path file = Files.write(dir.resolve("sent"), large);
    curl.run("-sSf", "-T", file.toString(), url + "/stored").succeeded();
    assertThat(dir.resolve("www/stored")).hasBinaryContent(large);

    JsonNode line = logged(of(8001).and(each -> each.get("bytesSent").asLong() > large.length));
    assertThat(line.propertyNames())
        .containsExactly(
            "time",
            "client",
            "listener",
            "protocol",
            "route",
            "cluster",
            "endpoint",
            "attempts",
            "bytesReceived",
            "bytesSent",
            "durationMs",
            "connectMs");
    assertThat(line.get("protocol").asString()).isEqualTo("TCP");
    assertThat(line.get("route").asString()).isEqualTo("TCPRoute/default/web/rule/0");
    assertThat(line.get("endpoint").asString()).isEqualTo(ip(nginx.address(8000)) + ":8000");
    assertThat(line.get("attempts").asInt()).isOne();
    assertThat(line.get("bytesReceived").asLong()).isBetween(20L, 1000L);
    assertThat(line.get("durationMs").asDouble())
        .isGreaterThanOrEqualTo(line.get("connectMs").asDouble());
    Eventually.holds("its bytes are counted", () -> metrics().value(sent) > before + large.length);
    Exposition metrics = metrics();
    String route = "TCPRoute/default/web/rule/0";
    assertThat(metrics.value(series("weir_relays_total", 8001, route))).isEqualTo(2);
    assertThat(metrics.value(series("weir_relays_active", 8001, route))).isZero();
    assertThat(metrics.value(series("weir_relay_received_bytes_total", 8001, route)))
        .isGreaterThan(large.length);
  }

  /** The server counts until the client's direction ends, and answers then. */
  @Test
  void eachDirectionEndsByItself() throws Exception {
    Path file = Files.write(dir.resolve("counted"), large);
    String command = "socat -t 30 - TCP:%s:8002 < %s".formatted(gateway.ip(), file);
    assertThat(Program.needed("sh").run("-c", command).succeeded().strip()).isEqualTo("3000000");
    JsonNode line = logged(of(8002));
    assertThat(line.get("bytesReceived").asLong()).isEqualTo(3_000_000);
    assertThat(line.get("bytesSent").asLong()).isEqualTo("3000000\n".length());
    assertThat(line.has("reason")).isFalse();
  }

  @Test
  void closesWhatNobodyServes() throws Exception {
    assertThat(curl.run("-sS", "http://" + gateway.ip() + ":8003/").exitStatus())
        // Empty reply, or reset while the request is sent.
        .isIn(52, 56);
    JsonNode line = logged(of(8003));
    assertThat(line.get("reason").asString()).isEqualTo("no-cluster");
    assertThat(
            metrics()
                .value(
                    "weir_relay_failures_total{listener=\"Gateway/default/edge/port/8003\","
                        + "reason=\"no-cluster\"}"))
        .isPositive();
  }

  @Test
  void passesTlsOnByServerName() throws Exception {
    // The certificate is the server's own, whom the gateway has never seen.
    assertThat(get("mail.test", 8443, "passed.crt", "/")).contains("s_server");
    assertThat(get("a.lists.test", 8443, "passed.crt", "/")).contains("s_server");
    Run shaken =
        client(
            "mail.test",
            8443,
            "-CAfile",
            dir.resolve("passed.crt").toString(),
            "-verify_return_error");
    assertThat(shaken.errors()).contains("Verification: OK", "Peer certificate: CN = mail.test");

    JsonNode line =
        logged(of(8443).and(each -> each.path("serverName").asString("").equals("a.lists.test")));
    assertThat(line.get("protocol").asString()).isEqualTo("TLS");
    assertThat(line.get("route").asString()).isEqualTo("TLSRoute/default/pass/rule/0");
    assertThat(line.get("bytesSent").asLong()).isPositive();
  }

  @Test
  void closesUnknownServerNamesWithoutAWord() throws Exception {
    for (String name : List.of("other.test", "lists.test")) {
      Run refused = client(name, 8443);
      assertThat(refused.exitStatus()).isNotZero();
      assertThat(refused.errors()).doesNotContain("alert").doesNotContain("certificate:");
    }
    assertThat(logged(of(8443).and(line -> line.has("reason"))).get("reason").asString())
        .isEqualTo("no-cluster");
  }

  /** TLS from the client ends here; another begins towards nginx. */
  @Test
  void endsTlsAndSpeaksItToTheBackend() throws Exception {
    assertThat(get("weir.test", 8444, "server.crt", "/seen")).isEqualTo("GET https");
    assertThat(get("weir.test", 8444, "server.crt", "/text")).isEqualTo("some text");
    Run shaken =
        client(
            "weir.test",
            8444,
            "-CAfile",
            dir.resolve("server.crt").toString(),
            "-verify_return_error");
    assertThat(shaken.errors()).contains("Verification: OK", "Peer certificate: CN = weir.test");
    JsonNode line = logged(of(8444).and(each -> each.get("bytesSent").asLong() > 0));
    assertThat(line.get("protocol").asString()).isEqualTo("TLS");
    assertThat(line.get("serverName").asString()).isEqualTo("weir.test");
    assertThat(line.get("route").asString()).isEqualTo("TLSRoute/default/end/rule/0");
  }

  private List<String> ask(String... question) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of("@" + gateway.ip(), "-p", "5353", "+short", "+tries=1", "+time=10"));
    arguments.addAll(Arrays.asList(question));
    return dig.run(arguments).succeeded().lines().toList();
  }

  @Test
  void passesDatagramsOnAndBack() throws Exception {
    String route = "UDPRoute/default/dns/rule/0";
    for (int i = 0; i < 5; i++) {
      assertThat(ask("svc.example")).containsExactly("192.0.2.7");
    }
    assertThat(ask("+bufsize=4096", "big.example", "TXT").getFirst()).hasSizeGreaterThan(500);
    assertThat(metrics().value(series("weir_relays_total", "5353/udp", route))).isEqualTo(6);
    assertThat(metrics().value(series("weir_relays_active", "5353/udp", route))).isEqualTo(6);

    // Without their listener sessions end when they are quiet.
    gateway.replace("gateway.yaml", Yaml.gateway(gateway.ip(), LISTENERS.toArray(String[]::new)));

    JsonNode line = logged(of("5353/udp").and(each -> each.get("bytesSent").asLong() > 500));
    assertThat(line.get("protocol").asString()).isEqualTo("UDP");
    assertThat(line.get("route").asString()).isEqualTo(route);
    assertThat(line.get("endpoint").asString()).isEqualTo(ip(dnsmasq.address()) + ":5300");
    assertThat(line.get("datagramsReceived").asInt()).isOne();
    assertThat(line.get("datagramsSent").asInt()).isOne();
    assertThat(line.get("bytesReceived").asInt()).isBetween(20, 100);
    Eventually.holds(
        "they are over",
        () -> metrics().value(series("weir_relays_active", "5353/udp", route)) == 0);
    assertThat(metrics().value(series("weir_relay_sent_datagrams_total", "5353/udp", route)))
        .isEqualTo(6);
    assertThat(metrics().value(series("weir_relay_received_datagrams_total", "5353/udp", route)))
        .isEqualTo(6);
    gateway.replace(
        "gateway.yaml",
        Yaml.gateway(
            gateway.ip(),
            Stream.concat(LISTENERS.stream(), Stream.of(DNS)).toArray(String[]::new)));
    Eventually.holds("the listener is back", () -> ask("svc.example").equals(List.of("192.0.2.7")));
  }
}
