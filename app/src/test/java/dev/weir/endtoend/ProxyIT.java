package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./weir proxy} as a process, beside another one. */
@Timeout(120)
class ProxyIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir private Path dir;

  private final HttpClient client = HttpClient.newHttpClient();
  private final String ip = Loopback.next();
  private final Map<String, String> admins = new HashMap<>();
  private final List<Process> processes = new ArrayList<>();
  private ScriptedServer server;
  private PlainController controller;

  @BeforeEach
  void start() throws Exception {
    server =
        ScriptedServer.start(peer -> {
          while (true) {
            peer.readHead();
            peer.send("HTTP/1.1 200 OK|Content-Length: 5||hello");
          }
        });
    // Each side shows the one certificate, and takes it for an authority.
    TestCertificate certificate =
        TestCertificate.with(
            new GeneralName(GeneralName.dNSName, "localhost"),
            new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    Path shown = Files.writeString(dir.resolve("cert.pem"), certificate.certificatePem());
    Path key = Files.writeString(dir.resolve("key.pem"), certificate.keyPem());
    controller =
        PlainController.start(
            PlainController.translate(
                dir,
                Yaml.gateway(ip, TestGateway.HTTP_LISTENER),
                Yaml.backend("shop", server.address()),
                Yaml.route("shop", "/")),
            TlsServerCredentials.newBuilder()
                .keyManager(shown.toFile(), key.toFile())
                .trustManager(shown.toFile())
                .clientAuth(ClientAuth.REQUIRE)
                .build());
  }

  @AfterEach
  void stop() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
    controller.close();
    server.close();
    client.close();
  }

  private Process proxy(String node) throws Exception {
    String admin = admins.computeIfAbsent(node, name -> Loopback.next());
    Process process =
        new ProcessBuilder(
                ROOT.resolve("weir").toString(),
                "proxy",
                "--controller=127.0.0.1:" + controller.port(),
                "--node=" + node,
                "--serves=Gateway/default/edge",
                "--ca=" + dir.resolve("cert.pem"),
                "--cert=" + dir.resolve("cert.pem"),
                "--key=" + dir.resolve("key.pem"),
                "--state-dir=" + dir.resolve("state-" + node),
                "--share-ports",
                "--workers=2",
                "--drain-delay-seconds=1",
                "--access-log=off",
                "--admin=" + admin + ":15000")
            .redirectOutput(dir.resolve("output-" + node).toFile())
            .redirectError(dir.resolve("errors-" + node).toFile())
            .start();
    processes.add(process);
    Eventually.holds(
        "it is ready",
        () -> !process.isAlive() || get("http://" + admin + ":15000/ready").equals("ready\n"));
    assertThat(process.isAlive()).as(errors(node)).isTrue();
    return process;
  }

  private String errors(String node) throws IOException {
    return Files.readString(dir.resolve("errors-" + node));
  }

  private String get(String url) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(),
            BodyHandlers.ofString())
        .body();
  }

  private String ask() throws Exception {
    return get("http://" + ip + ":8080/");
  }

  private void ends(Process process, String node) throws Exception {
    process.destroy();
    assertThat(process.waitFor(40, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(errors(node)).isZero();
    assertThat(errors(node)).doesNotContain("Exception");
    assertThat(Files.readString(dir.resolve("output-" + node))).isEmpty();
  }

  @Test
  void aRestartOfOneOfTwoFailsNoRequest() throws Exception {
    Process a = proxy("a");
    Process b = proxy("b");
    Eventually.holds("the listener is open", () -> ask().equals("hello"));
    AtomicInteger answered = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    List<Exception> failures = new CopyOnWriteArrayList<>();
    List<Thread> load = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      load.add(
          Thread.startVirtualThread(() -> {
            while (!over.get()) {
              try {
                assertThat(ask()).isEqualTo("hello");
                answered.incrementAndGet();
              } catch (Exception e) {
                failures.add(e);
              }
            }
          }));
    }
    ends(a, "a");
    int alone = answered.get();
    Eventually.holds("the other one answers", () -> answered.get() > alone + 100);
    Process again = proxy("a");
    ends(b, "b");
    int other = answered.get();
    Eventually.holds("the new one answers", () -> answered.get() > other + 100);
    over.set(true);
    for (Thread thread : load) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    ends(again, "a");
  }

  @Test
  void startsWhileTheControllerIsAway() throws Exception {
    Process first = proxy("a");
    Eventually.holds("the listener is open", () -> ask().equals("hello"));
    ends(first, "a");
    controller.close();

    Process second = proxy("a");

    assertThat(ask()).isEqualTo("hello");
    ends(second, "a");
  }

  /** What makes the start slower, and nobody needs there. */
  @Test
  void runLoadsNothingOfGrpc() throws Exception {
    Path classes = dir.resolve("classes");
    Path config = Files.createDirectory(dir.resolve("config"));
    Files.writeString(config.resolve("gateway.yaml"), Yaml.gateway(ip, TestGateway.HTTP_LISTENER));
    ProcessBuilder command =
        new ProcessBuilder(
                ROOT.resolve("weir").toString(),
                "run",
                config.toString(),
                "--admin=off",
                "--access-log=off")
            .redirectOutput(dir.resolve("output-run").toFile())
            .redirectError(dir.resolve("errors-run").toFile());
    command.environment().put("WEIR_JAVA_OPTS", "-Xlog:class+load:file=" + classes);
    Process process = command.start();
    processes.add(process);
    Eventually.holds("it runs", () -> errors("run").contains("Weir is running"));
    ends(process, "run");

    assertThat(Files.readString(classes))
        .contains("dev.weir.standalone.Standalone ")
        .doesNotContain("io.grpc.", "dev.weir.proxy.source.ads.AdsSource", "org.bouncycastle");
  }
}
