package dev.weir.proxy.server;

import static dev.weir.proxy.server.Http3Client.DATA;
import static dev.weir.proxy.server.Http3Client.HEADERS;
import static dev.weir.proxy.server.Http3Client.SETTINGS;
import static dev.weir.proxy.server.Http3Client.block;
import static dev.weir.proxy.server.Http3Client.frame;
import static dev.weir.proxy.server.Http3Client.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict.Rejected;
import dev.weir.proxy.compile.Compiled;
import dev.weir.proxy.compile.TestKey;
import dev.weir.proxy.server.Http3Client.Answer;
import io.netty.handler.codec.quic.Quic;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tech.kwik.core.QuicStream;
import tech.kwik.flupke.Http3ClientBuilder;

/** HTTP/3 as a client in pure Java sees it, whole and frame by frame. */
@ExtendWith(NoLeaks.class)
class Http3Test {
  private static final TestKey A = TestKey.selfSigned("EC", "a.example", "localhost");
  private static final TestKey B = TestKey.selfSigned("RSA", "b.example");
  private static final TestKey NEW_A = TestKey.selfSigned("EC", "a.example");

  private final TestProxy proxy = TestProxy.start();
  private final InetSocketAddress address = TestProxy.freeAddress();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private @Nullable Upstream upstream;

  @BeforeAll
  static void needsQuic() {
    assumeTrue(Quic.isAvailable(), "no native library of QUIC for this machine");
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    if (upstream != null) {
      upstream.close();
    }
  }

  private Compiled compile(String more, TestKey a) {
    return Http3Config.compile(address, upstream == null ? null : upstream.address(), more, a, B);
  }

  private void run(TestKey a) throws Exception {
    Compiled compiled = compile("", a);
    assertThat(compiled.verdicts().values()).noneMatch(Rejected.class::isInstance);
    proxy.install(compiled.plan());
  }

  private void run(Upstream.Script script) throws Exception {
    upstream = Upstream.start(script);
    run(A);
  }

  /** Keeps what it is asked and answers always the same. */
  private void run(String response) throws Exception {
    run(peer -> {
      while (true) {
        requests.add(peer.readMessage());
        peer.send(response);
      }
    });
  }

  private String asked() throws InterruptedException {
    String request = requests.poll(10, TimeUnit.SECONDS);
    assertThat(request).as("a request at the backend").isNotNull();
    return request;
  }

  private Http3Client connect() throws IOException {
    return Http3Client.connect(address, "a.example");
  }

  // --- a whole client ----------------------------------------------------------------------------

  @Test
  void aForeignClientGetsAndPosts() throws Exception {
    byte[] body = "x".repeat(1_500_000).getBytes(StandardCharsets.ISO_8859_1);
    run(peer -> {
      while (true) {
        String message = peer.readMessage();
        requests.add(message);
        peer.send("HTTP/1.1 200 OK|Content-Length: " + body.length + "||").send(body);
      }
    });
    HttpClient client = new Http3ClientBuilder().disableCertificateCheck().build();
    URI uri = URI.create("https://localhost:" + address.getPort() + "/a?b=c");

    HttpResponse<byte[]> got =
        client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofByteArray());
    HttpResponse<byte[]> posted =
        client.send(
            HttpRequest.newBuilder(uri).POST(BodyPublishers.ofByteArray(body)).build(),
            BodyHandlers.ofByteArray());

    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(got.body()).isEqualTo(body);
    assertThat(posted.statusCode()).isEqualTo(200);
    assertThat(posted.body()).isEqualTo(body);
    assertThat(asked())
        .startsWith("GET /a?b=c HTTP/1.1\r\n")
        .contains("x-forwarded-proto: https\r\n")
        .doesNotContainIgnoringCase("transfer-encoding");
    assertThat(asked()).startsWith("POST /a?b=c HTTP/1.1\r\n").contains("x".repeat(1000));
  }

  // --- frame by frame ----------------------------------------------------------------------------

  @Test
  void cookiesAreJoinedAndPathsNormalised() throws Exception {
    run("HTTP/1.1 200 OK|Content-Length: 2|Connection: keep-alive|X-A: B||ok");
    try (Http3Client client = connect()) {
      Answer answer =
          client.ask("GET", "/a/../b", "cookie", "c=1", "cookie", "d=2", "te", "trailers");

      assertThat(answer.status()).isEqualTo("200");
      assertThat(answer.text()).isEqualTo("ok");
      assertThat(answer.heads().getFirst())
          .containsEntry("x-a", "B")
          .containsEntry("alt-svc", "h3=\":443\"; ma=86400")
          .doesNotContainKey("connection");
      assertThat(asked())
          .startsWith("GET /b HTTP/1.1\r\n")
          .containsIgnoringCase("cookie: c=1; d=2");
    }
  }

  @Test
  void trailersPassBothWays() throws Exception {
    run(peer -> {
      requests.add(peer.readUntil("x-sum: 7\r\n\r\n"));
      peer.send("HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok|0|X-T: done||");
      peer.readHead();
    });
    try (Http3Client client = connect()) {
      Answer answer =
          client.send(
              frame(HEADERS, request("POST", "/")),
              frame(DATA, new byte[] {'h', 'i'}),
              frame(HEADERS, block("x-sum", "7")));

      assertThat(answer.text()).isEqualTo("ok");
      assertThat(answer.heads()).hasSize(2);
      assertThat(answer.heads().getLast()).containsEntry("x-t", "done");
    }
  }

  @Test
  void headsWithoutBodyEndTheStream() throws Exception {
    run(peer -> {
      while (true) {
        String head = peer.readHead();
        peer.send(
            head.startsWith("HEAD")
                ? "HTTP/1.1 200 OK|Content-Length: 5||"
                : "HTTP/1.1 103 Early Hints|Link: x||HTTP/1.1 204 No Content||");
      }
    });
    try (Http3Client client = connect()) {
      Answer head = client.ask("HEAD", "/");
      Answer noContent = client.ask("GET", "/");

      assertThat(head.status()).isEqualTo("200");
      assertThat(head.heads().getFirst()).containsEntry("content-length", "5");
      assertThat(head.text()).isEmpty();
      assertThat(noContent.heads()).extracting(h -> h.get(":status")).containsExactly("103", "204");
    }
  }

  @Test
  void malformedRequestsAreReset() throws Exception {
    run("HTTP/1.1 200 OK|Content-Length: 2||ok");
    List<byte[]> malformed =
        List.of(
            block(":method", "GET", ":scheme", "https", ":authority", "a.example"),
            block(":method", "GET", ":scheme", "https", ":path", "/"),
            request("GET", "/", "X-Upper", "1"),
            request("GET", "/", "connection", "close"),
            request("GET", "/", "transfer-encoding", "chunked"),
            request("GET", "/", "te", "gzip"),
            request("GET", "/", "host", "other.example"),
            request("GET", "/", "a", "x\r\ny: z"),
            request("GET", "/", ":path", "/b"),
            request("GET", "/", "content-length", "5"));
    for (byte[] head : malformed) {
      try (Http3Client client = connect()) {
        assertThatThrownBy(() -> client.send(frame(HEADERS, head)))
            .as(new String(head, StandardCharsets.ISO_8859_1))
            .isInstanceOf(IOException.class);
      }
    }
    assertThat(requests).isEmpty();
    assertThat(proxy.completed).isEmpty();
  }

  @Test
  void aBodyThatIsLongerThanItSaysIsReset() throws Exception {
    run(peer -> peer.readAll());
    try (Http3Client client = connect()) {
      assertThatThrownBy(() ->
              client.send(
                  frame(HEADERS, request("POST", "/", "content-length", "1")),
                  frame(DATA, new byte[2])))
          .isInstanceOf(IOException.class);
    }
    assertThat(proxy.rejected.poll(10, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void refusalsAreAnswered() throws Exception {
    run("HTTP/1.1 200 OK|Content-Length: 2||ok");
    // Small limits: kwik may wait for ever for room when it is given much at once.
    proxy.install(Http3Config.with(compile("", A).plan(), 2000, 500, 0));
    try (Http3Client client = connect()) {
      assertThat(client.ask("GET", "/", "a", "x".repeat(2000)).status()).isEqualTo("431");
      assertThat(client.ask("GET", "/" + "x".repeat(500)).status()).isEqualTo("414");
      assertThat(client.ask("GET", "/../..").status()).isEqualTo("400");
      // The connection is none the worse for it.
      assertThat(client.ask("GET", "/").status()).isEqualTo("200");
    }
    assertThat(requests).hasSize(1);
  }

  @Test
  void aClientThatGoesAwayCancelsItsRequest() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    run(peer -> {
      requests.add(peer.readHead());
      if (peer.ended()) {
        gone.countDown();
      }
    });
    try (Http3Client client = connect()) {
      QuicStream stream = client.open();
      OutputStream out = stream.getOutputStream();
      out.write(frame(HEADERS, request("POST", "/")));
      out.flush();
      asked();
      stream.resetStream(0x10c);
      assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void fieldsAreCountedAndConnectIsNotThere() throws Exception {
    run("HTTP/1.1 200 OK|Content-Length: 2||ok");
    String[] many = new String[202];
    for (int i = 0; i < many.length; i++) {
      many[i] = "x";
    }
    try (Http3Client client = connect()) {
      assertThat(client.ask("GET", "/", many).status()).isEqualTo("431");
      byte[] tunnel = block(":method", "CONNECT", ":authority", "a.example:443");
      assertThat(client.send(frame(HEADERS, tunnel)).status()).isEqualTo("501");
      assertThat(client.ask("GET", "/").status()).isEqualTo("200");
    }
    assertThat(requests).hasSize(1);
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() throws Exception {
    upstream =
        Upstream.start(peer -> {
          requests.add(peer.readHead());
          peer.readAll();
        });
    proxy.install(Http3Config.with(compile("", A).plan(), 2000, 500, 4));
    try (Http3Client client = connect()) {
      QuicStream stream = client.open();
      OutputStream out = stream.getOutputStream();
      out.write(frame(HEADERS, request("POST", "/", "content-length", "5")));
      out.flush();
      assertThat(Http3Client.read(stream.getInputStream()).status()).isEqualTo("413");
      assertThat(requests).isEmpty();

      stream = client.open();
      out = stream.getOutputStream();
      out.write(frame(HEADERS, request("POST", "/")));
      out.write(frame(DATA, new byte[4]));
      out.flush();
      asked();
      // Without a flush, which fails if the stream has been refused by then.
      out.write(frame(DATA, new byte[1]));
      Answer found = Http3Client.read(stream.getInputStream());
      assertThat(found.status()).isEqualTo("413");
      assertThat(found.heads().getFirst()).containsEntry("weir-reason", "body-too-large");
    }
  }

  @Test
  void aResponseThatBreaksOffIsReset() throws Exception {
    run(peer -> {
      if (peer.readHead().startsWith("GET /half")) {
        peer.send("HTTP/1.1 200 OK|Content-Length: 5||ha");
        return;
      }
      peer.send("HTTP/1.1 200 OK|Content-Length: 2||ok");
      peer.readHead();
    });
    try (Http3Client client = connect()) {
      assertThatThrownBy(() -> client.ask("GET", "/half")).isInstanceOf(IOException.class);
      assertThat(client.ask("GET", "/").text()).isEqualTo("ok");
    }
  }

  @Test
  void brokenRulesOfTheConnectionEndIt() throws Exception {
    run("HTTP/1.1 200 OK|Content-Length: 2||ok");
    byte[] huge = {HEADERS, (byte) 0xbf, (byte) 0xff, (byte) 0xff, (byte) 0xff};
    assertThat(closeCode(client -> begin(client, frame(DATA, new byte[1])))).isEqualTo(0x105);
    assertThat(closeCode(client -> begin(client, new byte[] {2, 0}))).isEqualTo(0x105);
    assertThat(closeCode(client -> begin(client, frame(SETTINGS, new byte[0])))).isEqualTo(0x105);
    assertThat(closeCode(client -> begin(client, huge))).isEqualTo(0x107);
    assertThat(closeCode(client -> client.sendAside(new byte[] {0, SETTINGS, 0}))).isEqualTo(0x103);
    // A field that refers to the dynamic table, which there is not.
    byte[] dynamic = {HEADERS, 3, 2, 0, (byte) 0x80};
    assertThat(closeCode(client -> begin(client, dynamic))).isEqualTo(0x200);
    assertThat(requests).isEmpty();
  }

  private static void begin(Http3Client client, byte[] bytes) throws IOException {
    OutputStream out = client.open().getOutputStream();
    out.write(bytes);
    out.flush();
  }

  @FunctionalInterface
  private interface Deed {
    void doTo(Http3Client client) throws IOException;
  }

  /**
   * The code with which the server closes the connection of a client that did that. It says so in
   * one datagram, which may be lost, and perhaps before the client has done all (RFC 9000, section
   * 10.2): then another connection tells.
   */
  private long closeCode(Deed deed) throws Exception {
    Exception last = null;
    for (int i = 0; i < 4; i++) {
      try (Http3Client client = connect()) {
        deed.doTo(client);
        return client.closeCode();
      } catch (IOException | TimeoutException unheard) {
        last = unheard;
      }
    }
    throw new AssertionError("no connection was closed with a code", last);
  }

  @Test
  void aClientThatBreaksOffTooMuchIsSentAway() throws Exception {
    run(peer -> {
      peer.readHead();
      peer.ended();
    });
    assertThat(
            closeCode(client -> {
              // On a thread of its own: without credit for streams the client waits for ever.
              Thread.ofVirtual().start(() -> breakOff(client));
            }))
        .isEqualTo(0x107);
  }

  private static void breakOff(Http3Client client) {
    try {
      for (int i = 0; i < 150; i++) {
        QuicStream stream = client.open();
        OutputStream out = stream.getOutputStream();
        out.write(frame(HEADERS, request("POST", "/")));
        out.flush();
        stream.resetStream(0x10c);
      }
    } catch (IOException closed) {
      // while it went on
    }
  }

  // --- back-pressure -----------------------------------------------------------------------------

  private static final int LARGE = 24 * 1024 * 1024;
  private static final int PIECE = 8 * 1024;

  /** Waits until {@code counter} has not moved for a while; it must not have got to the end. */
  private static void awaitStall(AtomicLong counter) throws Exception {
    long[] last = {-1, System.nanoTime()};
    TestProxy.await(
        "a stall",
        () -> {
          long now = counter.get();
          if (now != last[0] || now == 0) {
            last[0] = now;
            last[1] = System.nanoTime();
          }
          return System.nanoTime() - last[1] > TimeUnit.MILLISECONDS.toNanos(500);
        });
    assertThat(counter.get()).isLessThan(LARGE);
  }

  /**
   * The client library now and then stops sending for good in the middle of much (no other client
   * does): that is another upload's chance, not a passed test.
   */
  @Test
  void aSlowBackendStopsTheClient() throws Exception {
    BlockingQueue<CountDownLatch> uploads = new LinkedBlockingQueue<>();
    run(peer -> {
      requests.add(peer.readHead());
      uploads.take().await();
      peer.skip(LARGE);
      peer.send("HTTP/1.1 200 OK|Content-Length: 2||ok");
      peer.readHead();
    });
    String answer = "";
    for (int i = 0; i < 3 && !answer.equals("ok"); i++) {
      answer = slowUpload(uploads);
    }
    assertThat(answer).isEqualTo("ok");
  }

  private String slowUpload(BlockingQueue<CountDownLatch> uploads) throws Exception {
    CountDownLatch reads = new CountDownLatch(1);
    uploads.add(reads);
    AtomicLong sent = new AtomicLong();
    try (Http3Client client = connect()) {
      QuicStream stream = client.open();
      Thread.ofVirtual()
          .start(() -> {
            try (OutputStream out = stream.getOutputStream()) {
              String length = String.valueOf(LARGE);
              out.write(frame(HEADERS, request("POST", "/", "content-length", length)));
              for (int i = 0; i < LARGE; i += PIECE) {
                out.write(frame(DATA, new byte[PIECE]));
                sent.addAndGet(PIECE);
              }
            } catch (IOException e) {
              sent.set(LARGE); // fails the test, if it is early
            }
          });
      asked();
      awaitStall(sent);
      reads.countDown();
      return Http3Client.read(stream.getInputStream()).text();
    }
  }

  @Test
  void aSlowClientStopsTheBackend() throws Exception {
    AtomicLong sent = new AtomicLong();
    run(peer -> {
      peer.readHead();
      peer.send("HTTP/1.1 200 OK|Content-Length: " + LARGE + "||");
      for (int i = 0; i < LARGE; i += PIECE) {
        peer.send(new byte[PIECE]);
        sent.addAndGet(PIECE);
      }
      peer.readHead();
    });
    try (Http3Client client = connect()) {
      QuicStream stream = client.open();
      try (OutputStream out = stream.getOutputStream()) {
        out.write(frame(HEADERS, request("GET", "/")));
      }
      awaitStall(sent);
      assertThat(Http3Client.read(stream.getInputStream()).text()).hasSize(LARGE);
    }
  }

  // --- connections -------------------------------------------------------------------------------

  @Test
  void certificatesAreChosenByNameAndRotated() throws Exception {
    run("HTTP/1.1 200 OK|Content-Length: 2||ok");
    try (Http3Client a = connect();
        Http3Client b = Http3Client.connect(address, "b.example")) {
      assertThat(a.certificate()).isEqualTo(A.certificate());
      assertThat(b.certificate()).isEqualTo(B.certificate());
      run(NEW_A);
      try (Http3Client later = connect()) {
        assertThat(later.certificate()).isEqualTo(NEW_A.certificate());
        assertThat(later.ask("GET", "/").status()).isEqualTo("200");
      }
      // What was connected before goes on.
      assertThat(a.ask("GET", "/").status()).isEqualTo("200");
    }
  }

  @Test
  void drainingAnnouncesItselfAndLetsRequestsFinish() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    run(peer -> {
      requests.add(peer.readHead());
      answer.await();
      peer.send("HTTP/1.1 200 OK|Content-Length: 2||ok");
      peer.readHead();
    });
    try (Http3Client client = connect()) {
      CompletableFuture<Answer> running =
          CompletableFuture.supplyAsync(() -> {
            try {
              return client.ask("GET", "/");
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      asked();
      CompletionStage<Void> drained = proxy.proxy().drain(Duration.ofSeconds(20));
      assertThat(client.goAway()).isEqualTo(4);
      assertThatThrownBy(() -> client.ask("GET", "/late")).isInstanceOf(IOException.class);
      answer.countDown();
      assertThat(running.get(10, TimeUnit.SECONDS).text()).isEqualTo("ok");
      drained.toCompletableFuture().get(10, TimeUnit.SECONDS);
      TestProxy.await("the connection closes", () -> !client.connected());
    }
  }

  @Test
  void clientCertificatesOverQuicAreRefusedByName() {
    Compiled compiled = compile(", require_client_certificate: true", A);

    assertThat(compiled.verdicts().get(new ResourceKey(ResourceType.LISTENER, "quic")))
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected -> assertThat(rejected.message()).contains("require_client_certificate"));
  }

  @Test
  void curlIsToldOfHttp3() throws Exception {
    assumeTrue(curl("--version") != null, "no curl on this machine");
    run("HTTP/1.1 200 OK|Content-Length: 2|Alt-Svc: mine||ok");
    for (String version : List.of("--http1.1", "--http2")) {
      String answer = curl(version, "-sk", "-D-", "https://localhost:" + address.getPort() + "/");
      assertThat(answer)
          .containsIgnoringCase("alt-svc: h3=\":443\"; ma=86400\r\n")
          .doesNotContain("mine")
          .endsWith("ok");
    }
  }

  private static @Nullable String curl(String... options) throws IOException {
    List<String> command = new java.util.ArrayList<>(List.of("curl"));
    command.addAll(List.of(options));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException notThere) {
      return null;
    }
  }
}
