package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.weir.endtoend.Program.Run;
import io.netty.handler.codec.quic.Quic;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tech.kwik.core.KwikVersion;
import tech.kwik.core.QuicClientConnection;
import tech.kwik.flupke.Http3SingleConnectionClient;

/** A client for HTTP/3 in pure Java in front, which verifies certificates; curl beside it. */
@ExtendWith(NoLeaks.class)
class Http3Test {
  @RegisterExtension static final Parts PARTS = new Parts();

  private static final String OTHER =
      "{name: other, port: 8443, protocol: HTTPS, hostname: other.test,"
          + " tls: {certificateRefs: [{name: other}]}}";

  @TempDir private Path dir;

  private final Semaphore more = new Semaphore(0);
  private TestCertificate certificate;
  private TestCertificate other;
  private HttpServer echo;
  private ScriptedServer events;
  private TestGateway gateway;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(Quic.isAvailable(), "no native library of QUIC for this machine");
    certificate = TestCertificate.of("weir.test");
    other = TestCertificate.of("other.test");
    echo =
        HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 8000), 0);
    echo.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    echo.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("X-Method", exchange.getRequestMethod());
          exchange
              .getResponseHeaders()
              .add("X-Asked", String.valueOf(exchange.getRequestHeaders().getFirst("X-Ask")));
          exchange.sendResponseHeaders(200, 0);
          try (var out = exchange.getResponseBody()) {
            exchange.getRequestBody().transferTo(out);
          }
        });
    echo.start();
    events =
        ScriptedServer.start(peer -> {
          peer.readHead();
          peer.send("HTTP/1.1 200 OK|Content-Type: text/event-stream|Transfer-Encoding: chunked||");
          for (int i = 0; i < 10; i++) {
            peer.send("8|data: " + i + "\n|");
            more.acquire();
          }
          peer.send("0||");
        });
    gateway =
        TestGateway.start(
            dir, options -> options, List.of(TestGateway.HTTPS_LISTENER, OTHER), objects());
    gateway.replace("gateway.yaml", withHttp3());
    Eventually.holds("HTTP/3 is told of", () -> altSvc("--http2").contains("h3=\":8443\""));
    PARTS.ran("kwik and flupke", KwikVersion.getVersion());
  }

  @AfterEach
  void stop() throws IOException {
    if (gateway != null) {
      gateway.close();
      echo.stop(0);
      events.close();
    }
  }

  private String objects() throws Exception {
    return certificate.secret("server")
        + other.secret("other")
        + Yaml.backend("echo", echo.getAddress())
        + Yaml.route("echo", "/echo")
        + Yaml.backend("events", events.address())
        + Yaml.route("events", "/events");
  }

  private String withHttp3() {
    return Yaml.withParameters(withoutHttp3(), "{http: {http3: true}}");
  }

  private String withoutHttp3() {
    return Yaml.gateway(gateway.ip(), TestGateway.HTTPS_LISTENER, OTHER);
  }

  /** The head of an answer to curl. */
  private String altSvc(String version) throws Exception {
    Run run =
        Program.needed("curl")
            .run(
                "-sS",
                version,
                "-D-",
                "--cacert",
                certificate.write(dir, "weir").toString(),
                "--resolve",
                "weir.test:8443:" + gateway.ip(),
                gateway.secureUrl("/echo"));
    return run.succeeded();
  }

  /** A connection that trusts {@code trusted} alone; not connected yet. */
  private QuicClientConnection connection(String name, TestCertificate trusted) throws Exception {
    KeyStore trust = KeyStore.getInstance(KeyStore.getDefaultType());
    trust.load(null, null);
    trust.setCertificateEntry("trusted", trusted.certificate());
    return QuicClientConnection.newBuilder()
        .uri(URI.create("https://" + name + ":" + TestGateway.HTTPS))
        .proxy(gateway.ip())
        .applicationProtocol("h3")
        .customTrustStore(trust)
        .connectTimeout(Duration.ofSeconds(5))
        .maxIdleTimeout(Duration.ofSeconds(30))
        .maxOpenPeerInitiatedUnidirectionalStreams(10)
        .build();
  }

  private HttpClient client() throws Exception {
    QuicClientConnection connection = connection("weir.test", certificate);
    connection.connect();
    return new Http3SingleConnectionClient(connection, Duration.ofSeconds(5), 1024L * 1024);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(gateway.secureUrl(path)));
  }

  private static byte[] content(int size) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return content;
  }

  @Test
  void clientsOfTcpAreToldWhereItIs() throws Exception {
    for (String version : List.of("--http1.1", "--http2")) {
      assertThat(altSvc(version)).containsIgnoringCase("alt-svc: h3=\":8443\"; ma=86400\r\n");
    }
  }

  @Test
  void getsPostsAndPassesFieldsOn() throws Exception {
    HttpClient client = client();

    HttpResponse<String> got =
        client.send(request("/echo?a=b").header("X-Ask", "well").build(), BodyHandlers.ofString());
    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(got.headers().firstValue("x-method")).hasValue("GET");
    assertThat(got.headers().firstValue("x-asked")).hasValue("well");

    HttpResponse<String> posted =
        client.send(
            request("/echo").POST(BodyPublishers.ofString("hello")).build(),
            BodyHandlers.ofString());
    assertThat(posted.headers().firstValue("x-method")).hasValue("POST");
    assertThat(posted.body()).isEqualTo("hello");

    HttpResponse<String> nowhere =
        client.send(request("/nowhere").build(), BodyHandlers.ofString());
    assertThat(nowhere.statusCode()).isEqualTo(404);
    assertThat(nowhere.headers().firstValue("weir-reason")).hasValue("no-route");
  }

  @Test
  void uploadsAndGetsItBack() throws Exception {
    byte[] sent = content(8_000_000);
    HttpResponse<byte[]> received =
        client()
            .send(
                request("/echo").POST(BodyPublishers.ofByteArray(sent)).build(),
                BodyHandlers.ofByteArray());
    assertThat(received.body()).isEqualTo(sent);
  }

  @Test
  void asksManyThingsAtOnce() throws Exception {
    HttpClient client = client();
    List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      answers.add(
          client.sendAsync(
              request("/echo").POST(BodyPublishers.ofByteArray(content(10_000 + i))).build(),
              BodyHandlers.ofByteArray()));
    }
    for (int i = 0; i < 80; i++) {
      assertThat(answers.get(i).get(20, TimeUnit.SECONDS).body()).isEqualTo(content(10_000 + i));
    }
  }

  @Test
  void changesBreakNothingThatRuns() throws Exception {
    HttpClient client = client();
    HttpResponse<InputStream> stream =
        client.send(request("/events").build(), BodyHandlers.ofInputStream());
    expect(stream, 0);

    // The route and backend of the stream are gone, and the certificate is another.
    TestCertificate before = certificate;
    certificate = TestCertificate.of("weir.test");
    gateway.write(
        certificate.secret("server"),
        other.secret("other"),
        Yaml.backend("echo", echo.getAddress()),
        Yaml.route("echo", "/"));
    Eventually.holds(
        "the new certificate is shown",
        () -> shown("weir.test", certificate).equals(certificate.certificate()));
    assertThatThrownBy(() -> shown("weir.test", before)).isInstanceOf(IOException.class);
    for (int i = 1; i < 5; i++) {
      more.release();
      expect(stream, i);
    }
    assertThat(client.send(request("/events").build(), BodyHandlers.ofString()).headers().map())
        .containsKey("x-asked");

    // HTTP/3 is switched off.
    gateway.replace("gateway.yaml", withoutHttp3());
    Eventually.holds("curl is not told", () -> !altSvc("--http2").contains("h3="));
    assertThatThrownBy(() -> shown("weir.test", certificate)).isInstanceOf(IOException.class);
    for (int i = 5; i < 10; i++) {
      more.release();
      expect(stream, i);
    }
    more.release();
    assertThat(stream.body().read()).isNegative();
  }

  private static void expect(HttpResponse<InputStream> stream, int number) throws IOException {
    assertThat(new String(stream.body().readNBytes(8), java.nio.charset.StandardCharsets.US_ASCII))
        .isEqualTo("data: " + number + "\n");
  }

  private X509Certificate shown(String name, TestCertificate trusted) throws Exception {
    QuicClientConnection connection = connection(name, trusted);
    connection.connect();
    try {
      return connection.getServerCertificateChain().getFirst();
    } finally {
      connection.close();
    }
  }

  @Test
  void theServerNameChoosesCertificateAndListener() throws Exception {
    assertThat(shown("weir.test", certificate)).isEqualTo(certificate.certificate());
    assertThat(shown("other.test", other)).isEqualTo(other.certificate());

    QuicClientConnection connection = connection("other.test", other);
    connection.connect();
    HttpClient client =
        new Http3SingleConnectionClient(connection, Duration.ofSeconds(5), 1024L * 1024);
    HttpResponse<String> own =
        client.send(
            HttpRequest.newBuilder(URI.create("https://other.test:8443/echo")).build(),
            BodyHandlers.ofString());
    assertThat(own.statusCode()).isEqualTo(200);
    // The name of another listener: wrong on this connection.
    HttpResponse<String> misdirected =
        client.send(request("/echo").build(), BodyHandlers.ofString());
    assertThat(misdirected.statusCode()).isEqualTo(421);
  }
}
