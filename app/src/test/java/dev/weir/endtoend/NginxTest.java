package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.endtoend.Program.Run;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * nginx as a backend, spoken to in plain text, with TLS, in HTTP/1.1 and HTTP/2, and through a unix
 * socket; and openssl as one with TLS.
 */
@ExtendWith(NoLeaks.class)
@TestInstance(Lifecycle.PER_CLASS)
class NginxTest {
  private static final String SERVER =
      """
      server {
        listen %IP%:8000;
        listen %IP%:8001 http2;
        listen %IP%:8443 ssl;
        listen %IP%:8444 ssl http2;
        listen unix:%DIR%/socket;
        ssl_certificate %DIR%/backend.crt;
        ssl_certificate_key %DIR%/backend.key;
        root %DIR%/www;
        location / {
          gzip on;
          gzip_min_length 0;
          gzip_types text/plain;
          dav_methods PUT DELETE;
          add_header X-Connection $connection;
        }
        location /empty { return 204; }
        location /seen { return 200 "$request_method $host $http_x_forwarded_proto $server_protocol $scheme"; }
      }
      """;

  @RegisterExtension static final Parts PARTS = new Parts();

  private final Program curl = Program.needed("curl");
  private Path dir;
  private byte[] large;
  private Nginx nginx;
  private Program.Running openssl;
  private TestGateway gateway;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    dir = directory;
    TestCertificate backend = TestCertificate.of("backend.test");
    backend.write(dir, "backend");
    nginx = Nginx.start(dir, 8000, SERVER);
    large = new byte[3_000_000];
    new Random(1).nextBytes(large);
    nginx.put("large", large);
    nginx.put(
        "text.txt", "some text, again and again\n".repeat(1000).getBytes(StandardCharsets.UTF_8));
    String sslIp = Loopback.next();
    Program opensslProgram = Program.needed("openssl");
    openssl =
        opensslProgram.start(
            dir.resolve("openssl.log"),
            "s_server",
            "-accept",
            sslIp + ":8443",
            "-cert",
            dir.resolve("backend.crt").toString(),
            "-key",
            dir.resolve("backend.key").toString(),
            "-www");
    InetSocketAddress openssl = new InetSocketAddress(InetAddress.ofLiteral(sslIp), 8443);
    Eventually.holds("openssl listens", () -> connects(openssl));
    gateway =
        TestGateway.start(
            dir,
            backend.configMap("authority"),
            TestCertificate.of("backend.test").configMap("stranger"),
            Yaml.backend("plain", nginx.address(8000)),
            Yaml.backend("h2c", "protocol: HTTP2\n" + endpoint(nginx.address(8001))),
            Yaml.backend("tls", tls("authority", "backend.test") + endpoint(nginx.address(8443))),
            Yaml.backend(
                "h2",
                "protocol: HTTP2\n"
                    + tls("authority", "backend.test")
                    + endpoint(nginx.address(8444))),
            Yaml.backend(
                "untrusted", tls("stranger", "backend.test") + endpoint(nginx.address(8443))),
            Yaml.backend(
                "misnamed", tls("authority", "other.test") + endpoint(nginx.address(8443))),
            Yaml.backend("unix", "groups: [{endpoints: [{unix: %s/socket}]}]".formatted(dir)),
            Yaml.backend("openssl", tls("authority", "backend.test") + endpoint(openssl)),
            rewritten("plain"),
            rewritten("h2c"),
            rewritten("tls"),
            rewritten("h2"),
            rewritten("untrusted"),
            rewritten("misnamed"),
            rewritten("unix"),
            rewritten("openssl"));
    PARTS.ran("nginx", Nginx.version());
    PARTS.ran("openssl s_server", opensslProgram.run("version").succeeded());
    PARTS.ran("curl", curl.run("--version").succeeded().lines().findFirst().orElse(""));
  }

  @AfterAll
  void stop() throws IOException {
    gateway.close();
    openssl.close();
    nginx.close();
  }

  private static boolean connects(InetSocketAddress address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(address);
      return true;
    }
  }

  private static String endpoint(InetSocketAddress address) {
    return "groups: [{endpoints: [{ip: %s, port: %d}]}]"
        .formatted(address.getAddress().getHostAddress(), address.getPort());
  }

  private static String tls(String authority, String name) {
    return "tls: {hostname: %s, caCertificateRefs: [{group: \"\", kind: ConfigMap, name: %s}]}\n"
        .formatted(name, authority);
  }

  /** A route from {@code /name/...} to {@code /...} of the Backend of that name. */
  private static String rewritten(String name) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: %s}
    spec:
      parentRefs: [{name: edge}]
      rules:
      - matches: [{path: {type: PathPrefix, value: /%s}}]
        filters:
        - type: URLRewrite
          urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}
        backendRefs: [{group: weir.dev, kind: Backend, name: %s}]
    ---
    """
        .formatted(name, name, name);
  }

  private String get(String... arguments) throws Exception {
    String[] all = new String[arguments.length + 1];
    all[0] = "-sS";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return curl.run(all).succeeded();
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "h2c", "tls", "h2", "unix"})
  void reachesIt(String backend) throws Exception {
    String protocol = backend.startsWith("h2") ? "HTTP/2.0" : "HTTP/1.1";
    String scheme = backend.equals("tls") || backend.equals("h2") ? "https" : "http";
    assertThat(get(gateway.url("/" + backend + "/seen")))
        .isEqualTo("GET " + gateway.ip() + " http " + protocol + " " + scheme);
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "h2c", "tls", "h2", "unix"})
  void movesLargeBodiesBothWays(String backend) throws Exception {
    Path received = dir.resolve("received");
    get("-o", received.toString(), gateway.url("/" + backend + "/large"));
    assertThat(received).hasBinaryContent(large);

    String stored = "/" + backend + "/stored-by-" + backend;
    Path sent = Files.write(dir.resolve("sent"), large);
    get("-T", sent.toString(), gateway.url(stored));
    get("-T", sent.toString(), "-H", "Transfer-Encoding: chunked", gateway.url(stored + "-chunks"));
    assertThat(dir.resolve("www/stored-by-" + backend)).hasBinaryContent(large);
    assertThat(dir.resolve("www/stored-by-" + backend + "-chunks")).hasBinaryContent(large);
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "h2c", "h2", "unix"})
  void passesCompressedBodiesAsTheyAre(String backend) throws Exception {
    String head = get("-i", "--raw", "-r", "0-5000", gateway.url("/" + backend + "/text.txt"));
    assertThat(head).contains("206").contains("some text");
    Path answer = dir.resolve("answer");
    String url = gateway.url("/" + backend + "/text.txt");
    get("--compressed", "-D", answer.toString(), "-o", dir.resolve("text").toString(), url);
    assertThat(Files.readString(answer)).containsIgnoringCase("content-encoding: gzip");
    assertThat(dir.resolve("text")).hasSameTextualContentAs(dir.resolve("www/text.txt"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "h2c", "tls", "h2", "unix"})
  void answersWithoutABodyKeepTheConnection(String backend) throws Exception {
    String url = gateway.url("/" + backend + "/large");
    Path head = dir.resolve("head");
    get("-D", head.toString(), "-o", "/dev/null", url);
    String tag =
        Files.readString(head)
            .lines()
            .filter(line -> line.regionMatches(true, 0, "etag: ", 0, 6))
            .findFirst()
            .orElseThrow()
            .substring(6);
    String formats = "%{http_code} %{size_download} %{num_connects}\n";

    String seen =
        get(
            "-w",
            formats,
            "-I",
            "-o",
            "/dev/null",
            url,
            "--next",
            "-sS",
            "-w",
            formats,
            "-H",
            "If-None-Match: " + tag,
            url,
            "--next",
            "-sS",
            "-w",
            formats,
            gateway.url("/" + backend + "/empty"),
            "--next",
            "-sS",
            "-w",
            formats,
            "-o",
            "/dev/null",
            url);

    assertThat(seen.lines().toList())
        .isEqualTo(List.of("200 0 1", "304 0 0", "204 0 0", "200 3000000 0"));
  }

  @Test
  void keepsItsConnectionsToNginx() throws Exception {
    String connections =
        get("-D", "-", "-o", "/dev/null", gateway.url("/plain/text.txt?[1-30]"))
            .lines()
            .filter(line -> line.startsWith("X-Connection: "))
            .distinct()
            .reduce("", (all, line) -> all + line);
    assertThat(connections.split("X-Connection: ")).as(connections).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"untrusted", "misnamed"})
  void trustsNobodyElse(String backend) throws Exception {
    assertThat(get("-i", gateway.url("/" + backend + "/seen")))
        .startsWith("HTTP/1.1 503 ")
        .contains("weir-reason: upstream-tls-failure\r\n");
  }

  @Test
  void readsBodiesThatEndWithTheConnection() throws Exception {
    Run run = curl.run("-sS", "-i", gateway.url("/openssl/"), gateway.url("/openssl/"));
    assertThat(run.succeeded()).startsWith("HTTP/1.1 200").contains("s_server").contains("</pre>");
  }
}
