package dev.weir.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.endtoend.Eventually;
import dev.weir.endtoend.Loopback;
import dev.weir.endtoend.Yaml;
import dev.weir.standalone.StandaloneOptions.State;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that was stopped and starts again, with its files or with others. */
class LastRunTest {
  private final String ip = Loopback.next();
  private final HttpClient client = HttpClient.newHttpClient();

  @TempDir private Path dir;
  private Path config;

  /** Stands still where files are read, until somebody lets it go on. */
  private static final class Halt implements InstantSource {
    final CountDownLatch reached = new CountDownLatch(1);
    final CountDownLatch over = new CountDownLatch(1);

    @Override
    public Instant instant() {
      reached.countDown();
      try {
        if (!over.await(30, TimeUnit.SECONDS)) {
          throw new AssertionError("nobody let it go on");
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return Instant.now();
    }
  }

  @BeforeEach
  void write() throws IOException {
    config = Files.createDirectory(dir.resolve("config"));
    write("a.test");
  }

  /** A route that tells by redirecting that it was reached. */
  private void write(String target) throws IOException {
    Files.writeString(
        config.resolve("gateway.yaml"),
        Yaml.gateway(ip, "{name: http, port: 8080, protocol: HTTP}")
            + """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: all}
            spec:
              parentRefs: [{name: edge}]
              rules:
              - filters: [{type: RequestRedirect, requestRedirect: {hostname: %s}}]
            """
                .formatted(target));
  }

  private StandaloneOptions options(String version) {
    return StandaloneOptions.of(List.of(config))
        .withAdmin(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .withState(new State(dir.resolve("state"), version));
  }

  private void runOnce() throws IOException, InterruptedException {
    try (Standalone gateway = Standalone.start(options("1"), state -> {})) {
      assertThat(target()).isEqualTo("http://a.test:8080/");
      gateway.drain(Duration.ofSeconds(1));
    }
  }

  private HttpResponse<String> get(String url) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(),
        BodyHandlers.ofString());
  }

  private String target() throws IOException, InterruptedException {
    return get("http://" + ip + ":8080/").headers().firstValue("location").orElse("");
  }

  private boolean refuses() throws IOException, InterruptedException {
    try {
      target();
      return false;
    } catch (ConnectException e) {
      return true;
    }
  }

  /** What happens while the files are being read. */
  @FunctionalInterface
  private interface Meanwhile {
    void check() throws Exception;
  }

  private void starts(String version, Meanwhile meanwhile, String after) throws Exception {
    Halt halt = new Halt();
    CompletableFuture<Standalone> start =
        CompletableFuture.supplyAsync(() -> {
          try {
            return Standalone.start(options(version), halt, state -> {});
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    try {
      assertThat(halt.reached.await(20, TimeUnit.SECONDS)).isTrue();
      meanwhile.check();
    } finally {
      halt.over.countDown();
    }
    try (Standalone gateway = start.get(20, TimeUnit.SECONDS)) {
      assertThat(target()).isEqualTo(after);
      assertThat(gateway.state().statuses()).isNotEmpty();
      InetSocketAddress admin = Objects.requireNonNull(gateway.adminAddress());
      assertThat(get("http://127.0.0.1:" + admin.getPort() + "/ready").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void theSameFilesAreServedBeforeTheyAreRead() throws Exception {
    runOnce();

    starts("1", () -> assertThat(target()).isEqualTo("http://a.test:8080/"), "http://a.test:8080/");
  }

  @Test
  void otherFilesAreReadFirst() throws Exception {
    runOnce();
    write("b.test");

    starts("1", () -> assertThat(refuses()).isTrue(), "http://b.test:8080/");
    starts("1", () -> assertThat(target()).isEqualTo("http://b.test:8080/"), "http://b.test:8080/");
  }

  @Test
  void whatAnotherVersionKeptIsNotUsed() throws Exception {
    runOnce();

    starts("2", () -> assertThat(refuses()).isTrue(), "http://a.test:8080/");
  }

  @Test
  void whatIsDamagedIsNotUsed() throws Exception {
    runOnce();
    Path kept = dir.resolve("state/last-good");
    byte[] content = Files.readAllBytes(kept);
    content[content.length - 1] ^= 1;
    Files.write(kept, content);

    starts("1", () -> assertThat(refuses()).isTrue(), "http://a.test:8080/");
    // It was replaced.
    starts("1", () -> assertThat(target()).isEqualTo("http://a.test:8080/"), "http://a.test:8080/");
  }

  @Test
  void aDirectoryThatCannotBeUsedIsSaid() throws Exception {
    Files.writeString(dir.resolve("state"), "a file");

    assertThatThrownBy(() -> Standalone.start(options("1"), state -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("state directory " + dir.resolve("state") + " cannot be used");
  }

  @Test
  void aChangeIsKept() throws Exception {
    try (Standalone gateway = Standalone.start(options("1"), state -> {})) {
      assertThat(target()).isEqualTo("http://a.test:8080/");
      write("c.test");
      Eventually.holds(() -> assertThat(target()).isEqualTo("http://c.test:8080/"));
      gateway.drain(Duration.ofSeconds(1));
    }

    starts("1", () -> assertThat(target()).isEqualTo("http://c.test:8080/"), "http://c.test:8080/");
  }
}
