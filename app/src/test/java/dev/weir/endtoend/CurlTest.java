package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.weir.endtoend.Program.Run;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** curl in front, the JDK's HTTP server and scripted ones behind. */
@ExtendWith(NoLeaks.class)
@TestInstance(Lifecycle.PER_CLASS)
class CurlTest {
  @RegisterExtension static final Parts PARTS = new Parts();

  private final Program curl = Program.needed("curl");
  private final BlockingQueue<String> heads = new LinkedBlockingQueue<>();
  private HttpServer echo;
  private ScriptedServer scripted;
  private TestGateway gateway;
  private Path authority;
  private Path dir;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    dir = directory;
    // Sends bodies back while they come.
    echo =
        HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 8000), 0);
    echo.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    echo.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("X-Method", exchange.getRequestMethod());
          exchange.sendResponseHeaders(200, 0);
          try (var out = exchange.getResponseBody()) {
            exchange.getRequestBody().transferTo(out);
          }
        });
    echo.start();
    // Answers with trailers and remembers the head.
    scripted =
        ScriptedServer.start(peer -> {
          while (true) {
            heads.add(peer.readHead());
            peer.send(
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Trailer: X-Sum||"
                    + "5|hello|0|X-Sum: 42||");
          }
        });
    TestCertificate certificate = TestCertificate.of("weir.test");
    authority = certificate.write(dir, "weir");
    gateway =
        TestGateway.start(
            dir,
            options -> options,
            List.of(TestGateway.HTTP_LISTENER, TestGateway.HTTPS_LISTENER),
            certificate.secret("server"),
            Yaml.backend("echo", echo.getAddress()),
            Yaml.route("echo", "/echo"),
            Yaml.backend("scripted", scripted.address()),
            Yaml.route("scripted", "/scripted"));
    PARTS.ran("curl", curl.run("--version").succeeded().lines().findFirst().orElse(""));
    PARTS.ran("the JDK's HTTP server", Runtime.version().toString());
  }

  @AfterAll
  void stop() throws IOException {
    gateway.close();
    echo.stop(0);
    scripted.close();
  }

  private String[] secure(String version, String path) {
    return new String[] {
      "-sS",
      version,
      "--cacert",
      authority.toString(),
      "--resolve",
      "weir.test:8443:" + gateway.ip(),
      "-w",
      "%{stderr}%{http_version} %{http_code}",
      gateway.secureUrl(path)
    };
  }

  private static String[] with(String[] arguments, String... more) {
    String[] all = new String[arguments.length + more.length];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return all;
  }

  @ParameterizedTest
  @CsvSource({"--http1.1, 1.1", "--http2, 2"})
  void getsOverTls(String option, String version) throws Exception {
    Run run = curl.run(secure(option, "/scripted/a?b=c"));
    assertThat(run.succeeded()).isEqualTo("hello");
    assertThat(run.errors()).isEqualTo(version + " 200");
    assertThat(heads.poll(20, TimeUnit.SECONDS))
        .startsWith("GET /scripted/a?b=c HTTP/1.1\r\n")
        .contains("Host: weir.test:8443\r\n")
        .contains("x-forwarded-proto: https\r\n")
        .contains("x-forwarded-for: 127.0.0.1\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  void speaksBothTlsVersions(String version) throws Exception {
    String[] arguments =
        with(secure("--http2", "/scripted"), "-v", "--tlsv" + version, "--tls-max", version);
    Run run = curl.run(arguments);
    assertThat(run.succeeded()).isEqualTo("hello");
    assertThat(run.errors()).contains("SSL connection using TLSv" + version);
  }

  @Test
  void refusesOldTls() throws Exception {
    Run run = curl.run(with(secure("--http1.1", "/"), "--tlsv1.0", "--tls-max", "1.1"));
    assertThat(run.exitStatus()).isEqualTo(35);
  }

  @Test
  void speaksH2cWithPriorKnowledge() throws Exception {
    Run run =
        curl.run(
            "-sS",
            "--http2-prior-knowledge",
            "-w",
            "%{stderr}%{http_version}",
            gateway.url("/scripted"));
    assertThat(run.succeeded()).isEqualTo("hello");
    assertThat(run.errors()).isEqualTo("2");
  }

  @Test
  void answersInHttp1WhereAnUpgradeToHttp2IsOffered() throws Exception {
    Run run =
        curl.run("-sS", "--http2", "-w", "%{stderr}%{http_version}", gateway.url("/scripted"));
    assertThat(run.succeeded()).isEqualTo("hello");
    assertThat(run.errors()).isEqualTo("1.1");
    assertThat(heads.poll(20, TimeUnit.SECONDS)).doesNotContainIgnoringCase("http2-settings");
  }

  @Test
  void servesHttp10() throws Exception {
    Run run =
        curl.run("-sS", "-i", "--http1.0", gateway.url("/scripted"), gateway.url("/scripted"));
    // A client of 1.0 cannot read chunks, so that the connection ends the body.
    assertThat(run.succeeded())
        .contains("\r\n\r\nhello")
        .doesNotContain("Transfer-Encoding")
        .contains("Connection: close\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2-prior-knowledge"})
  void showsTrailers(String option) throws Exception {
    Path head = dir.resolve("head");
    Run run =
        curl.run(
            "-sS", option, "-D", head.toString(), "-H", "TE: trailers", gateway.url("/scripted"));
    assertThat(run.succeeded()).isEqualTo("hello");
    assertThat(Files.readString(head)).containsIgnoringCase("x-sum: 42\r\n");
  }

  private Path body(int size) throws IOException {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return Files.write(dir.resolve("body"), content);
  }

  @ParameterizedTest
  @CsvSource({
    "--http1.1, 0",
    "--http1.1, 1",
    "--http1.1, 70000",
    "--http1.1, 8000000",
    "--http2-prior-knowledge, 1",
    "--http2-prior-knowledge, 70000",
    "--http2-prior-knowledge, 8000000"
  })
  void uploadsAndGetsItBack(String option, int size) throws Exception {
    Path sent = body(size);
    Path received = dir.resolve("received");
    curl.run(
            "-sS",
            option,
            "--data-binary",
            "@" + sent,
            "-o",
            received.toString(),
            gateway.url("/echo"))
        .succeeded();
    assertThat(received).hasSameBinaryContentAs(sent);
  }

  @Test
  void uploadsInChunks() throws Exception {
    Path sent = body(300_000);
    Path received = dir.resolve("received");
    Run run =
        curl.run(
            "-sS",
            "-v",
            "-T",
            sent.toString(),
            "-H",
            "Transfer-Encoding: chunked",
            "-o",
            received.toString(),
            gateway.url("/echo"));
    run.succeeded();
    assertThat(run.errors()).contains("> Transfer-Encoding: chunked");
    assertThat(received).hasSameBinaryContentAs(sent);
  }

  @Test
  void uploadsAfterTheBackendSaidContinue() throws Exception {
    Path sent = body(2_000_000);
    Path received = dir.resolve("received");
    Run run =
        curl.run(
            "-sS",
            "-v",
            "--expect100-timeout",
            "20",
            "-T",
            sent.toString(),
            "-o",
            received.toString(),
            "-w",
            "%{time_total}",
            gateway.url("/echo"));
    assertThat(Double.parseDouble(run.succeeded())).isLessThan(15);
    assertThat(run.errors())
        .contains("> Expect: 100-continue")
        .contains("< HTTP/1.1 100 Continue")
        .contains("< X-method: PUT");
    assertThat(received).hasSameBinaryContentAs(sent);
  }

  @Test
  void keepsConnectionsForManyRequests() throws Exception {
    int before = scripted.connections();
    Run run =
        curl.run(
            "-sS",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code} %{num_connects}\n",
            gateway.url("/scripted/[1-50]"));
    List<String> lines = run.succeeded().lines().toList();
    assertThat(lines).hasSize(50).endsWith("200 0");
    assertThat(lines.stream().filter("200 1"::equals)).hasSize(1);
    assertThat(scripted.connections() - before).isLessThanOrEqualTo(1);
  }

  @Test
  void sendsManyRequestsAtOnce() throws Exception {
    Run run =
        curl.run(
            "-sS",
            "--parallel",
            "--parallel-max",
            "50",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}\n",
            gateway.url("/scripted/[1-200]"));
    assertThat(run.succeeded().lines()).hasSize(200).containsOnly("200");
  }

  @Test
  void headHasNoBody() throws Exception {
    Run run = curl.run("-sS", "-I", gateway.url("/echo"), gateway.url("/echo"));
    assertThat(run.succeeded()).containsIgnoringCase("x-method: HEAD").startsWith("HTTP/1.1 200");
  }

  @Test
  void namesTheReasonOfItsOwnAnswers() throws Exception {
    assertThat(curl.run("-sS", "-i", gateway.url("/nowhere")).succeeded())
        .startsWith("HTTP/1.1 404 ")
        .contains("weir-reason: no-route\r\n")
        .endsWith("\r\n\r\nno-route\n");
  }

  @BeforeEach
  void forget() {
    heads.clear();
  }
}
