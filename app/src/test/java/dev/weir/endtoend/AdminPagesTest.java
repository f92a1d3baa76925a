package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The admin endpoint of a gateway that runs, seen by the HTTP client of the JDK. */
@ExtendWith(NoLeaks.class)
class AdminPagesTest {
  private static final String LISTENER = "Gateway/default/edge/port/8080";
  private static final String ROUTE = "HTTPRoute/default/shop/rule/0/match/0";
  private static final Pattern METRIC = Pattern.compile("`(weir_[a-z_]+)`");

  @RegisterExtension static final Parts PARTS = new Parts();

  @TempDir private Path dir;

  private final HttpClient client = HttpClient.newHttpClient();
  private final CountDownLatch answer = new CountDownLatch(1);
  private TestCertificate certificate;
  private ScriptedServer server;
  private TestGateway gateway;

  @BeforeEach
  void start() throws Exception {
    certificate = TestCertificate.of("weir.test");
    server =
        ScriptedServer.start(peer -> {
          while (true) {
            if (peer.readHead().contains(" /shop/slow ")) {
              answer.await();
            }
            peer.send("HTTP/1.1 200 OK|Content-Length: 5||hello");
          }
        });
    gateway =
        TestGateway.start(
            dir,
            options -> options.withAdmin(new InetSocketAddress(InetAddress.ofLiteral(ip()), 15000)),
            List.of(TestGateway.HTTP_LISTENER, TestGateway.HTTPS_LISTENER),
            certificate.secret("server"),
            Yaml.backend("shop", server.address()),
            Yaml.route("shop", "/shop"));
  }

  private static String ip() {
    return Loopback.next();
  }

  @AfterEach
  void stop() throws IOException {
    answer.countDown();
    gateway.close();
    server.close();
    client.close();
  }

  private HttpResponse<String> ask(String method, String path) throws Exception {
    InetSocketAddress admin = Objects.requireNonNull(gateway.standalone().adminAddress());
    return client.send(
        HttpRequest.newBuilder(
                URI.create(
                    "http://" + admin.getAddress().getHostAddress() + ":" + admin.getPort() + path))
            .method(method, BodyPublishers.noBody())
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    HttpResponse<String> response = ask("GET", path);
    assertThat(response.statusCode()).as(path).isEqualTo(200);
    return response;
  }

  private JsonNode json(String path) throws Exception {
    return JsonMapper.shared().readTree(get(path).body());
  }

  private Exposition metrics() throws Exception {
    return Exposition.of(get("/metrics").body());
  }

  private String request(String path) throws IOException {
    return Peer.ask(gateway.http(), "GET " + path + " HTTP/1.1|Host: h||");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET|/|text/plain; charset=utf-8",
        "GET|/ready|text/plain; charset=utf-8",
        "GET|/healthz|text/plain; charset=utf-8",
        "GET|/metrics|text/plain; version=0.0.4; charset=utf-8",
        "GET|/config|application/json",
        "GET|/clusters|application/json",
        "GET|/status|application/json",
        "GET|/problems|text/plain; charset=utf-8",
        "POST|/drain|text/plain; charset=utf-8",
      })
  void everyPageHasOneMethodAndOneType(String method, String page, String type) throws Exception {
    for (String wrong : List.of("GET", "POST", "PUT", "DELETE", "OPTIONS")) {
      if (!wrong.equals(method) && !page.equals("/")) {
        HttpResponse<String> refused = ask(wrong, page);
        assertThat(refused.statusCode()).as(wrong).isEqualTo(405);
        assertThat(refused.headers().firstValue("Allow")).hasValue(method);
        assertThat(refused.body()).isEqualTo(page + " wants " + method + "\n");
      }
    }
    assertThat(get("/ready").body()).isEqualTo("ready\n");

    HttpResponse<String> response = ask(method, page);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue(type);
    if (method.equals("GET")) {
      HttpResponse<String> head = ask("HEAD", page);
      assertThat(head.statusCode()).isEqualTo(200);
      assertThat(head.headers().firstValue("Content-Type")).hasValue(type);
      assertThat(head.body()).isEmpty();
    }
    assertThat(get("/").body())
        .contains(
            page.equals("/") ? "/ready" : method + " ".repeat(5 - method.length()) + page + " ");
  }

  @ParameterizedTest
  @CsvSource({"/nothing", "/ready/", "/Ready", "/metrics/..", "/favicon.ico"})
  void anotherPathIsAnsweredWithThePagesThereAre(String path) throws Exception {
    HttpResponse<String> response = ask("GET", path);
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).contains("/ready", "/metrics", "/drain");
  }

  /** The page lists exactly these, and says the same of them. */
  @Test
  void thePagesAreThoseOfTheDocumentation() throws Exception {
    String page = Files.readString(Path.of("../docs/running.md"));
    List<String> documented =
        Pattern.compile("(?m)^\\| `(/[a-z]+)` \\| ([A-Z]+) \\|")
            .matcher(page)
            .results()
            .map(row -> row.group(2) + " " + row.group(1))
            .sorted()
            .toList();
    assertThat(
            get("/").body().lines().map(line -> line.replaceFirst("^(\\S+) +(\\S+) .*", "$1 $2")))
        .containsExactlyInAnyOrderElementsOf(documented);
  }

  @Test
  void configIsWhatRunsByObject() throws Exception {
    JsonNode config = json("/config");
    for (String[] resource :
        new String[][] {
          {"Listener", LISTENER},
          {"Listener", "Gateway/default/edge/port/8443"},
          {"RouteConfiguration", LISTENER},
          {"Cluster", "Backend/default/shop"},
          {"ClusterLoadAssignment", "Backend/default/shop"},
          {"Secret", "Secret/default/server"},
        }) {
      JsonNode verdict = config.get("verdicts").get(resource[0]).get(resource[1]);
      assertThat(verdict).as(String.join(" ", resource)).isNotNull();
      assertThat(verdict.get("verdict").asString()).isEqualTo("accepted");
      assertThat(verdict.get("version").asString()).isNotEmpty();
    }
    assertThat(config.get("bindFailures")).isEmpty();
    assertThat(config.at("/resources/listeners/0/name").asString()).isEqualTo(LISTENER);
    assertThat(config.at("/resources/clusters/0/name").asString())
        .isEqualTo("Backend/default/shop");

    gateway.write(
        Yaml.backend("shop", server.address()),
        Yaml.backend("new", server.address()),
        Yaml.route("new", "/new"));
    Eventually.holds(
        "the change is there",
        () -> json("/config").get("verdicts").get("Cluster").has("Backend/default/new"));
  }

  @Test
  void noPageShowsAPrivateKey() throws Exception {
    String pem = certificate.keyPem();
    Set<String> secrets = new HashSet<>();
    pem.lines().filter(line -> !line.startsWith("-----")).forEach(secrets::add);
    secrets.add(
        Base64.getEncoder()
            .encodeToString(pem.getBytes(java.nio.charset.StandardCharsets.UTF_8))
            .substring(0, 64));
    assertThat(secrets).hasSizeGreaterThan(2);
    for (String page : List.of("/config", "/clusters", "/status", "/problems", "/metrics")) {
      String body = get(page).body();
      assertThat(body)
          .as(page)
          .doesNotContain("PRIVATE KEY")
          .doesNotContain(secrets.toArray(String[]::new));
    }
    assertThat(
            json("/config")
                .at("/resources/secrets/0/tls_certificate/private_key/inline_string")
                .asString())
        .isEqualTo("[redacted]");
    // Broken keys are not shown either.
    gateway.write(certificate.secret("server").replace("PRIVATE KEY", "PRIVATE KEYS"));
    Eventually.holds("it is told", () -> !get("/problems").body().isEmpty());
    assertThat(get("/problems").body() + get("/status").body())
        .contains("certificateRefs[0]")
        .doesNotContain(secrets.toArray(String[]::new));
  }

  @Test
  void metricsCountWhatWasAsked() throws Exception {
    String requests =
        "weir_requests_total{listener=\"" + LISTENER + "\",route=\"%s\",status=\"%s\"}";
    String ok = requests.formatted(ROUTE, "2xx");
    String unrouted = requests.formatted("(none)", "4xx");
    String labels = "{listener=\"" + LISTENER + "\",route=\"" + ROUTE + "\"}";
    assertThat(metrics().value(ok)).isZero();
    for (int round = 1; round <= 3; round++) {
      for (int i = 0; i < 7; i++) {
        assertThat(request("/shop/" + i)).contains(" 200 OK");
      }
      assertThat(request("/elsewhere")).contains(" 404 ");
      Peer.ask(gateway.http(), "GET /shop HTTP/1.1|Host: h|Bad Field: 1||");
      int times = round;
      Eventually.holds(
          "all are counted",
          () -> metrics().value(ok) == 7 * times && metrics().value(unrouted) == times);
      Exposition metrics = metrics();
      assertThat(metrics.types())
          .containsEntry("weir_requests_total", "counter")
          .containsEntry("weir_request_duration_seconds", "histogram");
      assertThat(metrics.value("weir_request_duration_seconds_count" + labels))
          .isEqualTo(7 * round);
      assertThat(metrics.value("weir_request_duration_seconds_sum" + labels)).isPositive();
      assertThat(metrics.value("weir_response_bytes_total" + labels)).isEqualTo(5 * 7 * round);
      assertThat(metrics.value("weir_request_bytes_total" + labels)).isZero();
      String replies = "weir_local_replies_total{listener=\"" + LISTENER + "\",reason=\"%s\"}";
      assertThat(metrics.value(replies.formatted("no-route"))).isEqualTo(round);
      assertThat(metrics.value(replies.formatted("bad-request"))).isEqualTo(round);
    }
    assertThat(Peer.ask(gateway.http(), "POST /shop HTTP/1.1|Host: h|Content-Length: 3||abc"))
        .contains(" 200 OK");
  }

  /** A path is not a label, however many there are. */
  @Test
  void metricsDoNotGrowWithPaths() throws Exception {
    request("/shop/0");
    Eventually.holds("it is counted", () -> !metrics().samples().isEmpty());
    int series = metrics().samples().size();
    for (int i = 1; i < 50; i++) {
      request("/shop/" + i);
    }
    assertThat(metrics().samples()).hasSize(series);
  }

  /** Prometheus' own parser and its rules for names; {@link Exposition} is stricter, but ours. */
  @Test
  void metricsAreWhatPrometheusReads() throws Exception {
    Program promtool = Program.needed("promtool");
    PARTS.ran("promtool", promtool.run("--version").output().lines().findFirst().orElse(""));
    request("/shop");
    request("/elsewhere");
    Eventually.holds("both are counted", () -> metrics().samples().size() > 2);
    Path page = Files.writeString(dir.resolve("metrics.txt"), get("/metrics").body());

    Program.Run run = promtool.run(page, "check", "metrics");

    assertThat(run.exitStatus()).as(run.errors()).isZero();
  }

  @Test
  void metricsAreDocumented() throws Exception {
    request("/shop");
    request("/elsewhere");
    Eventually.holds("both are counted", () -> metrics().samples().size() > 3);
    String pages =
        Files.readString(Path.of("../docs/running.md"))
            + Files.readString(Path.of("../docs/streams.md"));
    Set<String> documented = new HashSet<>();
    METRIC.matcher(pages).results().forEach(metric -> documented.add(metric.group(1)));
    assertThat(metrics().types().keySet()).isNotEmpty().isSubsetOf(documented);
  }

  @Test
  void clustersShowEndpointsAndCountWhatTheyGot() throws Exception {
    for (int i = 0; i < 5; i++) {
      request("/shop");
    }
    long requests = 0;
    JsonNode workers = json("/clusters");
    assertThat(workers.propertyNames()).contains("worker-0");
    for (JsonNode worker : workers) {
      JsonNode cluster = worker.get("clusters").get(0);
      assertThat(cluster.get("name").asString()).isEqualTo("Backend/default/shop");
      JsonNode endpoint = cluster.get("endpoints").get(0);
      assertThat(endpoint.get("address").asString())
          .isEqualTo(server.address().getAddress().getHostAddress() + ":8000");
      assertThat(endpoint.get("setAside").asBoolean()).isFalse();
      assertThat(endpoint.get("failures").asInt()).isZero();
      requests += endpoint.get("requests").asLong();
    }
    assertThat(requests).isEqualTo(5);
  }

  @Test
  void statusAndProblemsFollowTheObjects() throws Exception {
    assertThat(get("/problems").body()).isEmpty();
    assertThat(json("/status").toString())
        .contains("\"value\":\"" + gateway.ip() + "\"")
        .contains("\"type\":\"Programmed\",\"status\":\"True\"");

    gateway.write(Yaml.route("shop", "/shop"));

    Eventually.holds(
        "the missing Backend is told",
        () -> get("/problems").body().contains("Backend/default/shop does not exist"));
    Eventually.holds(
        "in the status as well", () -> json("/status").toString().contains("\"BackendNotFound\""));
  }

  @Test
  void drainLetsWorkFinishAndTakesNoMore() throws Exception {
    try (Peer busy = Peer.connect(gateway.http());
        Peer idle = Peer.connect(gateway.http())) {
      assertThat(idle.send("GET /shop HTTP/1.1|Host: h||").readMessage()).contains(" 200 OK");
      busy.send("GET /shop/slow HTTP/1.1|Host: h||");
      Eventually.holds(
          "the request runs", () -> get("/clusters").body().contains("\"active\" : 1"));

      assertThat(ask("POST", "/drain").body()).isEqualTo("draining\n");

      Eventually.holds("it is not ready", () -> ask("GET", "/ready").statusCode() == 503);
      assertThat(ask("GET", "/ready").body()).isEqualTo("draining\n");
      assertThat(idle.ended()).isTrue();
      Eventually.holds("nobody listens", this::refuses);
      answer.countDown();
      assertThat(busy.readMessage()).contains(" 200 OK").contains("Connection: close\r\n");
      assertThat(busy.ended()).isTrue();
      // The process is still there to be looked at, and a second request changes nothing.
      Eventually.holds(
          "the exchange is counted", () -> get("/clusters").body().contains("\"exchanges\" : 0"));
      assertThat(ask("POST", "/drain").statusCode()).isEqualTo(200);
      assertThat(ask("GET", "/ready").statusCode()).isEqualTo(503);
    }
  }

  private boolean refuses() throws IOException {
    try {
      Peer.connect(gateway.http()).close();
      return false;
    } catch (ConnectException e) {
      return true;
    }
  }
}
