package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.xds.XdsSnapshot;
import dev.weir.dataplane.DataPlaneOptions;
import dev.weir.fleet.FleetOptions;
import dev.weir.fleet.FleetProxy;
import dev.weir.proxy.source.ads.AdsOptions;
import dev.weir.proxy.source.ads.AdsOptions.Security;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Proxies that get their configuration from a controller. */
@ExtendWith(NoLeaks.class)
class FleetProxyTest {
  private static final Pattern METRIC = Pattern.compile("`(weir_[a-z_]+)`");

  @TempDir private Path dir;

  private final HttpClient client = HttpClient.newHttpClient();
  private final String ip = Loopback.next();
  private final List<FleetProxy> proxies = new ArrayList<>();
  private ScriptedServer one;
  private ScriptedServer two;
  private TestCertificate certificate;
  private PlainController controller;

  @BeforeEach
  void start() throws Exception {
    one = server("one");
    two = server("two");
    certificate = TestCertificate.of("weir.test");
    controller = PlainController.start(translation(Yaml.route("one", "/")));
  }

  private static ScriptedServer server(String answer) throws IOException {
    return ScriptedServer.start(peer -> {
      while (true) {
        peer.readHead();
        peer.send("HTTP/1.1 200 OK|Content-Length: 3||" + answer);
      }
    });
  }

  /** Both servers as backends, and these objects. */
  private XdsSnapshot translation(String... yaml) throws Exception {
    return PlainController.translate(
        dir,
        Yaml.gateway(ip, TestGateway.HTTP_LISTENER, TestGateway.HTTPS_LISTENER),
        certificate.secret("server"),
        Yaml.backend("one", one.address()),
        Yaml.backend("two", two.address()),
        String.join("", yaml));
  }

  @AfterEach
  void stop() throws IOException {
    proxies.forEach(FleetProxy::close);
    controller.close();
    one.close();
    two.close();
    client.close();
  }

  private FleetProxy proxy(String node, DataPlaneOptions dataPlane) throws IOException {
    FleetProxy proxy =
        FleetProxy.start(
            new FleetOptions(
                new AdsOptions(
                    "127.0.0.1",
                    controller.port(),
                    node,
                    "Gateway/default/edge",
                    "1.0.0",
                    new Security.Insecure()),
                dir.resolve("state-" + node),
                null,
                dataPlane.withAdmin(
                    new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 15000))),
            applied -> {});
    proxies.add(proxy);
    return proxy;
  }

  private static DataPlaneOptions twoWorkers() {
    DataPlaneOptions quiet = DataPlaneOptions.QUIET;
    return new DataPlaneOptions(
        null,
        null,
        quiet.accessLogFormat(),
        2,
        Duration.ofMillis(200),
        Duration.ofSeconds(20),
        List.of(),
        false);
  }

  private HttpResponse<String> admin(FleetProxy proxy, String page) throws Exception {
    InetSocketAddress address = Objects.requireNonNull(proxy.adminAddress());
    return get("http://" + address.getAddress().getHostAddress() + ":" + address.getPort() + page);
  }

  private HttpResponse<String> get(String url) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(),
        BodyHandlers.ofString());
  }

  private String ask() throws Exception {
    HttpResponse<String> response = get("http://" + ip + ":8080/");
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }

  private void isReady(FleetProxy proxy) throws InterruptedException {
    Eventually.holds("it is ready", () -> admin(proxy, "/ready").statusCode() == 200);
  }

  /** Asks without a pause from several threads until it is closed; every answer counts. */
  private final class Load implements AutoCloseable {
    final AtomicInteger answered = new AtomicInteger();
    final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();

    Load() {
      for (int i = 0; i < 4; i++) {
        threads.add(Thread.startVirtualThread(this::run));
      }
    }

    private void run() {
      while (!over.get()) {
        try {
          ask();
          answered.incrementAndGet();
        } catch (Exception | AssertionError e) {
          failures.add(e);
        }
      }
    }

    void goesOnFor(int more) throws InterruptedException {
      int goal = answered.get() + more;
      Eventually.holds("answers go on", () -> answered.get() >= goal || !failures.isEmpty());
      assertThat(failures).isEmpty();
    }

    @Override
    public void close() {
      over.set(true);
      for (Thread thread : threads) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  @Test
  void runsWhatTheControllerSaysWithoutAPause() throws Exception {
    FleetProxy proxy = proxy("a", twoWorkers());
    isReady(proxy);
    Eventually.holds("the listener is open", () -> ask().equals("one"));
    assertThat(admin(proxy, "/healthz").statusCode()).isEqualTo(200);
    assertThat(admin(proxy, "/config").body())
        .contains("\"Gateway/default/edge/port/8080\"")
        .doesNotContain("PRIVATE KEY");
    assertThat(admin(proxy, "/status").statusCode()).isEqualTo(404);

    try (Load load = new Load()) {
      load.goesOnFor(50);
      controller.publish(translation(Yaml.route("two", "/")));
      Eventually.holds("the other backend answers", () -> ask().equals("two"));
      load.goesOnFor(50);
      assertThat(load.failures).isEmpty();
    }
    String metrics = admin(proxy, "/metrics").body();
    assertThat(metrics)
        .contains("weir_controller_connected 1.0\n")
        .contains("weir_controller_updates_total{result=\"rejected\"} 0.0\n");
    Set<String> documented = new HashSet<>();
    METRIC
        .matcher(
            Files.readString(Path.of("../docs/running.md"))
                + Files.readString(Path.of("../docs/proxy.md")))
        .results()
        .forEach(metric -> documented.add(metric.group(1)));
    assertThat(
            metrics
                .lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ")[2]))
        .isSubsetOf(documented);
  }

  @Test
  void startsWithoutAControllerAndShowsNoKeys() throws Exception {
    FleetProxy first = proxy("a", twoWorkers());
    isReady(first);
    Eventually.holds("the listener is open", () -> ask().equals("one"));
    controller.close();
    assertThat(ask()).isEqualTo("one");
    first.close();
    proxies.remove(first);
    assertThat(refuses()).isTrue();
    String secret = certificate.keyPem().lines().skip(1).findFirst().orElseThrow();
    try (var files = Files.list(dir.resolve("state-a"))) {
      assertThat(files)
          .hasSize(2)
          .allSatisfy(file ->
              assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                  .doesNotContain(secret)
                  .doesNotContain("PRIVATE KEY"));
    }

    FleetProxy second = proxy("a", twoWorkers());

    isReady(second);
    assertThat(ask()).isEqualTo("one");
    assertThat(admin(second, "/metrics").body()).contains("weir_controller_connected 0.0\n");
  }

  private boolean refuses() throws IOException {
    try {
      Peer.connect(new InetSocketAddress(InetAddress.ofLiteral(ip), 8080)).close();
      return false;
    } catch (ConnectException e) {
      return true;
    }
  }

  /** One after the other is replaced while clients go on. */
  @Test
  void twoProxiesAreReplacedWithoutAFailedRequest() throws Exception {
    FleetProxy a = proxy("a", twoWorkers().withSharedPorts());
    isReady(a);
    FleetProxy b = proxy("b", twoWorkers().withSharedPorts());
    isReady(b);
    Eventually.holds("the listeners are open", () -> ask().equals("one"));
    try (Load load = new Load()) {
      load.goesOnFor(100);
      for (int round = 0; round < 3; round++) {
        FleetProxy next = round % 2 == 0 ? a : b;
        next.leave();
        next.close();
        proxies.remove(next);
        load.goesOnFor(100);
        FleetProxy fresh = proxy(round % 2 == 0 ? "a" : "b", twoWorkers().withSharedPorts());
        isReady(fresh);
        load.goesOnFor(100);
        if (round % 2 == 0) {
          a = fresh;
        } else {
          b = fresh;
        }
      }
      assertThat(load.failures).isEmpty();
    }
  }

  @Test
  void withoutSharingAPlaceThatIsTakenIsRefused() throws Exception {
    FleetProxy a = proxy("a", twoWorkers().withSharedPorts());
    isReady(a);
    FleetProxy b = proxy("b", twoWorkers());
    isReady(b);
    assertThat(admin(b, "/config").body()).contains("\"bindFailures\" : [ {");
    assertThat(admin(a, "/config").body()).contains("\"bindFailures\" : [ ]");
  }

  /** Not ready at once, and still there for those who do not know yet. */
  @Test
  void goesOnForAWhileAfterItSaidThatItLeaves() throws Exception {
    FleetProxy proxy =
        proxy("a", twoWorkers().withDrain(Duration.ofSeconds(3), Duration.ofSeconds(20)));
    isReady(proxy);
    Eventually.holds("the listener is open", () -> ask().equals("one"));
    Thread leaving =
        Thread.startVirtualThread(() -> {
          try {
            proxy.leave();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });

    Eventually.holds("it is not ready", () -> admin(proxy, "/ready").statusCode() == 503);
    assertThat(refuses()).isFalse();
    assertThat(ask()).isEqualTo("one");
    assertThat(admin(proxy, "/healthz").statusCode()).isEqualTo(200);
    leaving.join();
    assertThat(refuses()).isTrue();
  }
}
