package dev.weir.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.proxy.plan.HttpOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * HTTP/2 clients of other projects, through both codecs to our own server. Those not installed are
 * skipped.
 */
@ExtendWith(NoLeaks.class)
class ClientInteropTest {
  @TempDir Path directory;

  private final TestLoop loop = new TestLoop();
  private final TestService service = new TestService();
  private final SelfSigned certificate;
  private Http2UpstreamConnection upstream;
  private int plain;
  private int secure;

  ClientInteropTest() throws Exception {
    certificate = new SelfSigned();
  }

  @BeforeEach
  void start() throws Exception {
    int backend = loop.listen(HttpOptions.DEFAULTS, service);
    upstream =
        loop.connect(
            backend,
            new Http2UpstreamConnection.Owner() {
              @Override
              public void streamReleased(Http2UpstreamConnection connection) {}

              @Override
              public void settingsChanged(Http2UpstreamConnection connection) {}

              @Override
              public void closed(Http2UpstreamConnection connection) {}
            });
    plain = loop.listen(HttpOptions.DEFAULTS, Bridge.to(() -> upstream));
    secure = loop.listen(HttpOptions.DEFAULTS, Bridge.to(() -> upstream), certificate.server());
  }

  @AfterEach
  void stop() {
    loop.close();
  }

  // --- java.net.http -----------------------------------------------------------------------------

  private HttpClient client() throws Exception {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_2)
        .sslContext(certificate.client())
        .connectTimeout(Duration.ofSeconds(5))
        .build();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("https://localhost:" + secure + path))
        .timeout(Duration.ofSeconds(20));
  }

  @Test
  void jdkClientGets() throws Exception {
    try (HttpClient client = client()) {
      HttpResponse<String> response = client.send(request("/a?b").build(), BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("received 0");
      assertThat(response.headers().firstValue("x-case")).contains("Kept");
    }
    assertThat(service.heads.getFirst()).startsWith("GET /a?b (localhost:" + secure + ")");
  }

  @Test
  void jdkClientSendsBodies() throws Exception {
    byte[] body = new byte[5_000_000];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i * 31);
    }
    try (HttpClient client = client()) {
      HttpResponse<byte[]> response =
          client.send(
              request("/echo").POST(BodyPublishers.ofByteArray(body)).build(),
              BodyHandlers.ofByteArray());
      assertThat(response.body()).isEqualTo(body);
    }
  }

  @Test
  void jdkClientRunsManyStreams() throws Exception {
    try (HttpClient client = client()) {
      client.send(request("/").build(), BodyHandlers.ofString());
      List<CompletableFuture<HttpResponse<byte[]>>> responses = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        responses.add(client.sendAsync(request("/big/200000").build(), BodyHandlers.ofByteArray()));
      }
      for (CompletableFuture<HttpResponse<byte[]>> response : responses) {
        assertThat(response.get(20, TimeUnit.SECONDS).body()).hasSize(200_000);
      }
    }
  }

  @Test
  void jdkClientGivesUpOnABody() throws Exception {
    try (HttpClient client = client()) {
      HttpResponse<InputStream> response =
          client.send(request("/big/100000000").build(), BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        assertThat(body.readNBytes(1000)).hasSize(1000);
      }
      String next = client.send(request("/").build(), BodyHandlers.ofString()).body();
      assertThat(next).isEqualTo("received 0");
    }
  }

  // --- commands ----------------------------------------------------------------------------------

  @Test
  void curl() throws Exception {
    String url = "http://127.0.0.1:" + plain;
    String out =
        run("curl", "-sS", "--max-time", "20", "--http2-prior-knowledge", "-i", url + "/x?y");
    assertThat(out).startsWith("HTTP/2 200").contains("x-case: Kept").endsWith("received 0");
    Path body = Files.write(directory.resolve("body"), new byte[3_000_000]);
    String sent =
        run(
            "curl",
            "-sS",
            "--max-time",
            "20",
            "--http2-prior-knowledge",
            "-T",
            body.toString(),
            url + "/upload");
    assertThat(sent).isEqualTo("received 3000000");
  }

  @Test
  void curlOverTls() throws Exception {
    String out =
        run(
            "curl",
            "-sSk",
            "--max-time",
            "20",
            "--http2",
            "-o",
            "-",
            "-w",
            " %{http_version}",
            "https://127.0.0.1:" + secure + "/");
    assertThat(out).isEqualTo("received 0 2");
  }

  @Test
  void nghttp() throws Exception {
    String url = "http://127.0.0.1:" + plain;
    String out =
        run(
            "nghttp",
            "-v",
            "-n",
            "-t",
            "20s",
            url + "/",
            url + "/trailers",
            url + "/interim",
            url + "/big/1000000");
    assertThat(out)
        .contains(":status: 200")
        .contains("grpc-status: 0")
        .contains(":status: 103")
        .doesNotContain("RST_STREAM")
        .doesNotContain("PROTOCOL_ERROR")
        .doesNotContain("[INVALID");
  }

  @Test
  void nghttpWithPaddingAndContinuation() throws Exception {
    Path body = Files.write(directory.resolve("body"), new byte[100_000]);
    String out =
        run(
            "nghttp",
            "-v",
            "-t",
            "20s",
            "-b",
            "100",
            "--continuation",
            "-d",
            body.toString(),
            "--trailer=sum: 1",
            "http://127.0.0.1:" + plain + "/x");
    assertThat(out).contains(":status: 200").contains("received 100000");
    assertThat(service.trailers).containsExactly("sum: 1\n");
  }

  /** As many streams at once as one upstream connection has. */
  @Test
  void h2load() throws Exception {
    String out =
        run(
            "h2load",
            "-n",
            "3000",
            "-c",
            "4",
            "-m",
            "25",
            "-T",
            "20",
            "-N",
            "20",
            "http://127.0.0.1:" + plain + "/");
    assertThat(out).contains("3000 succeeded, 0 failed, 0 errored, 0 timeout");
  }

  /** Runs a command to its end and returns what it printed. */
  private static String run(String... command) throws Exception {
    boolean installed =
        new ProcessBuilder("sh", "-c", "command -v " + command[0]).start().waitFor() == 0;
    assumeTrue(installed, command[0] + " is not installed");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    CompletableFuture<byte[]> output =
        CompletableFuture.supplyAsync(() -> {
          try (InputStream in = process.getInputStream()) {
            return in.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    assertThat(process.waitFor(40, TimeUnit.SECONDS)).as(command[0] + " ended").isTrue();
    String text = new String(output.get(5, TimeUnit.SECONDS), StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }
}
