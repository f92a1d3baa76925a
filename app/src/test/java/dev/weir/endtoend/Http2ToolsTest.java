package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.endtoend.Program.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** nghttp and h2load in front, nginx behind. */
@ExtendWith(NoLeaks.class)
@TestInstance(Lifecycle.PER_CLASS)
class Http2ToolsTest {
  @RegisterExtension static final Parts PARTS = new Parts();

  private Nginx nginx;
  private TestGateway gateway;
  private Path dir;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    dir = directory;
    nginx =
        Nginx.start(
            dir,
            8000,
            """
            server { listen %IP%:8000; root %DIR%/www; }
            server { listen %IP%:8001 http2; root %DIR%/www; }
            """);
    nginx.put("small", "x".repeat(1000).getBytes(StandardCharsets.US_ASCII));
    nginx.put("large", "y".repeat(1_000_000).getBytes(StandardCharsets.US_ASCII));
    gateway =
        TestGateway.start(
            dir,
            options -> options,
            List.of(TestGateway.HTTP_LISTENER, TestGateway.HTTPS_LISTENER),
            TestCertificate.of("weir.test").secret("server"),
            Yaml.backend("http1", nginx.address(8000)),
            Yaml.route("http1", "/"),
            Yaml.backend(
                "http2",
                "protocol: HTTP2\ngroups: [{endpoints: [{ip: %s, port: 8001}]}]"
                    .formatted(nginx.address(8001).getAddress().getHostAddress())),
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: http2}
            spec:
              parentRefs: [{name: edge}]
              rules:
              - matches: [{headers: [{name: X-To, value: http2}]}]
                backendRefs: [{group: weir.dev, kind: Backend, name: http2}]
            ---
            """);
    PARTS.ran("nginx", Nginx.version());
  }

  @AfterAll
  void stop() throws IOException {
    gateway.close();
    nginx.close();
  }

  private String url(String scheme, String path) {
    return scheme.equals("https")
        ? "https://" + gateway.ip() + ":" + TestGateway.HTTPS + path
        : gateway.url(path);
  }

  @ParameterizedTest
  @CsvSource({"http, http1", "http, http2", "https, http1", "https, http2"})
  void nghttpFetchesManyOnOneConnection(String scheme, String to) throws Exception {
    Program nghttp = Program.needed("nghttp");
    String address = url(scheme, "/large");
    Run run = nghttp.run("--no-verify-peer", "-nv", "-m", "20", "-H", "x-to: " + to, address);
    String frames = run.succeeded();
    assertThat(frames.split(":status: 200", -1)).hasSize(21);
    assertThat(frames).doesNotContain("RST_STREAM").doesNotContain(":status: 5");
    PARTS.ran("nghttp", nghttp.run("--version").succeeded());
  }

  @Test
  void nghttpUploads() throws Exception {
    Path body = Files.write(dir.resolve("upload"), new byte[500_000]);
    // nginx knows no POST for a file and says so after it has read the body.
    Run run = Program.needed("nghttp").run("-nv", "-d", body.toString(), gateway.url("/small"));
    assertThat(run.succeeded()).contains(":status: 405");
  }

  @ParameterizedTest
  @CsvSource({
    "http, http1, 1",
    "http, http2, 1",
    "http, http1, 2",
    "http, http2, 2",
    "https, http1, 1",
    "https, http1, 2",
    "https, http2, 2"
  })
  void h2loadSucceedsWithEveryRequest(String scheme, String to, int version) throws Exception {
    Program h2load = Program.needed("h2load");
    Run run =
        h2load.run(
            version == 1 ? "--h1" : "-m10",
            "-n3000",
            "-c20",
            "-t1",
            "-H",
            "x-to: " + to,
            url(scheme, "/small"));
    assertThat(run.succeeded())
        .contains("3000 succeeded, 0 failed, 0 errored, 0 timeout")
        .contains("3000 2xx, 0 3xx, 0 4xx, 0 5xx");
    PARTS.ran("h2load", h2load.run("--version").succeeded());
  }

  @Test
  void h2loadMovesLargeBodies() throws Exception {
    Run run = Program.needed("h2load").run("-n60", "-c3", "-m5", "-t1", gateway.url("/large"));
    assertThat(run.succeeded()).contains("60 succeeded, 0 failed").contains("(60000000) data");
  }
}
