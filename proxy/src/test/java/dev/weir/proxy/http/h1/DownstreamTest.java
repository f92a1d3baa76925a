package dev.weir.proxy.http.h1;

import static dev.weir.proxy.http.h1.Peer.http;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.plan.HttpOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The downstream codec with scripted receivers and a raw client. */
@ExtendWith(Leaks.class)
class DownstreamTest {
  private static final String GET = "GET / HTTP/1.1|Host: a||";
  private static final String OK = "HTTP/1.1 200 OK|Content-Length: 0||";
  private static final long MILLI = 1_000_000L;

  private final BlockingQueue<Served> all = new LinkedBlockingQueue<>();
  private Ground ground;
  private Peer client;

  @BeforeEach
  void open() throws Exception {
    ground = new Ground();
    client = ground.client();
  }

  @AfterEach
  void close() throws Exception {
    client.close();
    ground.close();
  }

  private void atEnd(Consumer<Served> action) {
    ground.serve(Served.atEnd(all, action));
  }

  private void atHead(Consumer<Served> action) {
    ground.serve(Served.atHead(all, action));
  }

  private Served served() throws InterruptedException {
    Served served = all.poll(10, TimeUnit.SECONDS);
    assertThat(served).as("a request").isNotNull();
    return served;
  }

  private void on(Runnable action) {
    ground.on(() -> {
      action.run();
      return true;
    });
  }

  /** Reads the status line of an answer and its end of stream. */
  private void assertRefused(String status) throws IOException {
    assertThat(client.readAll()).startsWith("HTTP/1.1 " + status + " ").contains("close\r\n");
  }

  private static HttpOptions options(
      int headerBytes, int headerCount, int uriBytes, long bodyBytes, long head, long request) {
    HttpOptions d = HttpOptions.DEFAULTS;
    return new HttpOptions(
        headerBytes,
        headerCount,
        uriBytes,
        bodyBytes,
        d.maxConcurrentStreams(),
        d.connectionIdleNanos(),
        head,
        request,
        d.streamIdleNanos(),
        d.trustedProxies(),
        d.path(),
        d.upgrades(),
        false);
  }

  // --- requests --------------------------------------------------------------------------------

  @Test
  void answersPipelinedRequestsInOrderOneAtATime() throws Exception {
    atEnd(served -> {});
    client.send(
        http("GET /1 HTTP/1.1|Host: a||GET /2 HTTP/1.1|Host: a||GET /3 HTTP/1.1|Host: a||"));
    for (int i = 1; i <= 3; i++) {
      Served request = served();
      assertThat(request.next()).isEqualTo("head last");
      assertThat(request.head).isEqualTo("GET a /" + i);
      assertThat(all).as("the next waits for this answer").isEmpty();
      String text = "answer " + i;
      on(() -> request.reply(200, text));
      assertThat(client.readUntil(text)).startsWith("HTTP/1.1 200 OK\r\n");
    }
  }

  @Test
  void servesALongPipelineInOnePacket() throws Exception {
    atEnd(served -> served.reply(200, ""));
    client.send(http(GET.repeat(500)));
    for (int i = 0; i < 500; i++) {
      assertThat(client.readHead()).isEqualTo(http(OK));
    }
    assertThat(all).hasSize(500);
  }

  @Test
  void takesHostAndConnectionFieldsAway() throws Exception {
    atEnd(served -> served.reply(200, ""));
    client.send(
        http(
            "GET / HTTP/1.1|Host: a.example:81|Connection: keep-alive, X-Mine, Authorization,"
                + " X-Forwarded-For|X-Mine: 1|Authorization: x|X-Forwarded-For: 1.2.3.4"
                + "|Keep-Alive: 5|Proxy-Connection: x|Proxy-Authorization: y|TE: gzip, trailers"
                + "|Upgrade: h2c|HTTP2-Settings: zz|Accept: *||"));
    client.readHead();
    Served request = served();
    assertThat(request.head).isEqualTo("GET a.example:81 /");
    assertThat(request.fields)
        .isEqualTo(
            """
            Authorization: x
            X-Forwarded-For: 1.2.3.4
            Accept: *
            te: trailers
            """);
  }

  @Test
  void takesTheAuthorityOfTheTarget() throws Exception {
    atEnd(served -> served.reply(200, ""));
    client.send(http("GET HTTP://b.example:8/x?y HTTP/1.1|Host: a||"));
    client.readHead();
    assertThat(served().head).isEqualTo("GET b.example:8 /x?y");
    client.send(http("GET http://b?q HTTP/1.1|Host: a||"));
    client.readHead();
    assertThat(served().head).isEqualTo("GET b /?q");
    client.send(http("OPTIONS http://b HTTP/1.1|Host: a||"));
    client.readHead();
    assertThat(served().head).isEqualTo("OPTIONS b *");
  }

  @Test
  void passesChunkedBodiesWithTheirEnd() throws Exception {
    atEnd(served -> served.reply(200, served.body.toString()));
    String head = "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||";
    client.send(http(head + "3|abc|4|defg|0||"));
    assertThat(client.readUntil("abcdefg")).contains("content-length: 7");
    Served whole = served();
    assertThat(whole.calls).containsExactly("head", "body", "body last");
    client.send(http(head + "3|abc|0|X: 1|Y: 2||"));
    assertThat(client.readUntil("abc")).contains("content-length: 3");
    assertThat(served().calls).containsExactly("head", "body", "trailers X: 1\nY: 2");
  }

  @Test
  void refusesWhatIsTooLarge() throws Exception {
    ground.options = options(1000, 5, 100, 50, 0, 0);
    atEnd(served -> served.reply(200, ""));
    refused("431", "GET / HTTP/1.1|Host: a|X: " + "x".repeat(1000) + "||");
    refused("431", "GET / HTTP/1.1|Host: a|X: " + "x".repeat(100_000));
    refused("431", "GET / HTTP/1.1|Host: a|" + "X: y|".repeat(5) + "|");
    refused("431", "G".repeat(2000));
    refused("414", "GET /" + "x".repeat(100) + " HTTP/1.1|Host: a||");
    refused("414", "GET /" + "x".repeat(100_000));
    refused("413", "POST / HTTP/1.1|Host: a|Content-Length: 51||");
    assertThat(all).isEmpty();
    refused(
        "413", "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||33|" + "x".repeat(51) + "|0||");
    Served broken = served();
    assertThat(broken.calls).containsExactly("head", "aborted body-too-large");
    assertThat(ground.rejected)
        .extracting(Failure::reason)
        .hasSize(7)
        .endsWith(Reason.URI_TOO_LONG, Reason.URI_TOO_LONG, Reason.BODY_TOO_LARGE);

    client = ground.client();
    client.send(http("GET / HTTP/1.1|Host: a|" + "X: y|".repeat(4) + "|"));
    assertThat(client.readHead()).isEqualTo(http(OK));
    client.send(http("GET /" + "x".repeat(99) + " HTTP/1.1|Host: a||"));
    assertThat(client.readHead()).isEqualTo(http(OK));
  }

  private void refused(String status, String request) throws IOException {
    client = ground.client();
    client.send(http(request));
    assertRefused(status);
    client.close();
  }

  @Test
  void passes100ContinueOn() throws Exception {
    atEnd(served -> served.reply(200, "done"));
    client.send(http("POST / HTTP/1.1|Host: a|Expect: 100-Continue|Content-Length: 3||"));
    Served request = served();
    assertThat(request.next()).isEqualTo("head");
    assertThat(request.fields).contains("Expect: 100-Continue");
    on(() -> {
      request.stream.sendInformational(Served.head(100));
      request.stream.flush();
    });
    assertThat(client.readHead()).isEqualTo(http("HTTP/1.1 100 Continue||"));
    client.send("abc");
    assertThat(client.readUntil("done")).startsWith("HTTP/1.1 200 OK");
    client.send(http(GET));
    assertThat(client.readUntil("done")).startsWith("HTTP/1.1 200 OK");
  }

  @Test
  void closesWhenTheExpectationWasNotMet() throws Exception {
    atHead(served -> served.reply(404, "no"));
    client.send(http("POST / HTTP/1.1|Host: a|Expect: 100-continue|Content-Length: 3||"));
    assertThat(client.readAll())
        .isEqualTo(http("HTTP/1.1 404 Not Found|content-length: 2|Connection: close||no"));
  }

  @Test
  void sendsEarlyHintsButNotToOldClients() throws Exception {
    atEnd(served -> {
      served.stream.sendInformational(Served.head(103, "Link: </a>"));
      served.reply(200, "x");
    });
    client.send(http(GET));
    assertThat(client.readHead()).isEqualTo(http("HTTP/1.1 103 Early Hints|link: </a>||"));
    assertThat(client.readUntil("x")).startsWith("HTTP/1.1 200 OK");
    client.send(http("GET / HTTP/1.0||"));
    assertThat(client.readAll()).startsWith("HTTP/1.1 200 OK");
  }

  // --- responses -------------------------------------------------------------------------------

  @Test
  void sendsNoBodyWhereNoneMayBe() throws Exception {
    atEnd(served -> {
      int status = Integer.parseInt(served.head.substring(served.head.lastIndexOf('/') + 1));
      served.reply(status, "body");
    });
    client.send(http("HEAD /200 HTTP/1.1|Host: a||"));
    assertThat(client.readHead()).isEqualTo(http("HTTP/1.1 200 OK|content-length: 4||"));
    client.send(http("GET /304 HTTP/1.1|Host: a||"));
    assertThat(client.readHead()).isEqualTo(http("HTTP/1.1 304 Not Modified|content-length: 4||"));
    client.send(http("GET /204 HTTP/1.1|Host: a||"));
    assertThat(client.readHead()).isEqualTo(http("HTTP/1.1 204 No Content||"));
    client.send(http("GET /599 HTTP/1.1|Host: a||"));
    assertThat(client.readUntil("body")).isEqualTo(http("HTTP/1.1 599 |content-length: 4||body"));
  }

  @Test
  void chunksABodyOfUnknownLength() throws Exception {
    String large = "x".repeat(10_000);
    atEnd(served -> {
      served.stream.sendHead(Served.head(200), false);
      served.stream.sendBody(Served.buffer("ab"), false);
      served.stream.sendBody(Served.buffer(""), false);
      served.stream.sendBody(Served.buffer(large), false);
      served.stream.sendTrailers(Served.fields("x-t: 1"));
      served.stream.flush();
    });
    client.send(http(GET));
    assertThat(client.readUntil(http("1||")))
        .isEqualTo(
            http("HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ab|2710|" + large + "|0|x-t: 1||"));
  }

  @Test
  void endsABodyOfUnknownLengthByClosingForOldClients() throws Exception {
    atEnd(served -> {
      served.stream.sendHead(Served.head(200), false);
      served.stream.sendBody(Served.buffer("ab"), true);
      served.stream.flush();
    });
    client.send(http("GET / HTTP/1.0|Connection: keep-alive||"));
    assertThat(client.readAll()).isEqualTo(http("HTTP/1.1 200 OK|Connection: close||ab"));
  }

  @Test
  void keepsTheConnectionOfAnOldClientThatAsks() throws Exception {
    atEnd(served -> served.reply(200, ""));
    client.send(http("GET / HTTP/1.0|Connection: Keep-Alive||"));
    assertThat(client.readHead())
        .isEqualTo(http("HTTP/1.1 200 OK|Content-Length: 0|Connection: keep-alive||"));
    client.send(http("GET / HTTP/1.0||"));
    assertThat(client.readAll())
        .isEqualTo(http("HTTP/1.1 200 OK|Content-Length: 0|Connection: close||"));
  }

  @Test
  void closesWhenTheClientAsks() throws Exception {
    atEnd(served -> served.reply(200, "x"));
    client.send(http("GET / HTTP/1.1|Host: a|Connection: foo, Close||"));
    assertThat(client.readAll())
        .isEqualTo(http("HTTP/1.1 200 OK|content-length: 1|Connection: close||x"));
  }

  @Test
  void writesFieldsAsTheyAreButTheConnectionItself() throws Exception {
    atEnd(served ->
        served.reply(
            200, "", "Connection: X-A", "X-A: 1", "Transfer-Encoding: gzip", "Keep-Alive: 3"));
    client.send(http(GET));
    assertThat(client.readHead()).isEqualTo(http("HTTP/1.1 200 OK|x-a: 1|Content-Length: 0||"));
  }

  @Test
  void resetsAResponseThatDoesNotFitItsLength() throws Exception {
    atEnd(served -> {
      served.stream.sendHead(Served.head(200, "Content-Length: 5"), false);
      served.stream.sendBody(Served.buffer("abc"), true);
      served.stream.flush();
    });
    client.send(http(GET + GET));
    assertThat(client.readAll()).doesNotContain("HTTP/1.1 200 OK\r\n\r\n").endsWith("abc");
    assertThat(all).hasSize(1);
  }

  @Test
  void aBrokenCloseDelimitedResponseEndsWithAReset() throws Exception {
    atEnd(served -> {
      served.stream.sendHead(Served.head(200), false);
      served.stream.sendBody(Served.buffer("abc"), false);
      served.stream.flush();
    });
    client.send(http("GET / HTTP/1.0||"));
    client.readUntil("abc");
    Served request = served();
    on(() -> request.stream.reset(Failure.local(Reason.UPSTREAM_RESET, "test")));
    assertThat(catchThrowable(() -> client.readAll())).isInstanceOf(SocketException.class);
  }

  // --- early responses -------------------------------------------------------------------------

  @Test
  void readsOverTheRestOfASmallBody() throws Exception {
    atHead(served -> served.reply(404, "no"));
    client.send(http("POST / HTTP/1.1|Host: a|Content-Length: 5||ab"));
    assertThat(client.readUntil("no")).doesNotContain("close");
    client.send("cde");
    client.send(http(GET));
    assertThat(client.readUntil("no")).startsWith("HTTP/1.1 404");
    assertThat(served().calls).containsExactly("head");
    assertThat(all).hasSize(1);
  }

  @Test
  void lingersSoThatTheAnswerToAHugeBodyIsRead() throws Exception {
    atHead(served -> served.reply(413, "no"));
    client.send(http("POST / HTTP/1.1|Host: a|Content-Length: 9999999||"));
    assertThat(client.readHead()).contains("Connection: close");
    client.send(new byte[1000]);
    assertThat(client.readAll()).isEqualTo("no");
  }

  @Test
  void doesNotReadAnEndlessBodyAfterTheAnswer() throws Exception {
    atHead(served -> served.reply(200, "ok"));
    client.send(http("POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||"));
    client.readUntil("ok");
    byte[] chunk = http("1000|" + "x".repeat(4096) + "|").getBytes(StandardCharsets.US_ASCII);
    assertThat(
            catchThrowable(() -> {
              for (int i = 0; i < 10_000; i++) {
                client.send(chunk);
              }
            }))
        .as("closed before 40 MB")
        .isInstanceOf(IOException.class);
    assertThat(served().calls).containsExactly("head");
  }

  @Test
  void deliversTheBodyWhileTheResponseRuns() throws Exception {
    atHead(served -> {
      served.stream.sendHead(Served.head(200), false);
      served.stream.flush();
    });
    client.send(http("POST / HTTP/1.1|Host: a|Content-Length: 6||abc"));
    assertThat(client.readHead()).contains("chunked");
    Served request = served();
    request.next();
    assertThat(request.next()).isEqualTo("body");
    client.send("def");
    assertThat(request.next()).isEqualTo("body last");
    on(() -> {
      request.stream.sendBody(Served.buffer("x"), true);
      request.stream.flush();
    });
    assertThat(client.readUntil(http("0||"))).isEqualTo(http("1|x|0||"));
    client.send(http(GET));
    client.readHead();
  }

  // --- the client goes ---------------------------------------------------------------------------

  @Test
  void tellsAtOnceThatTheClientIsGone() throws Exception {
    atEnd(served -> {});
    client.send(http(GET));
    Served request = served();
    assertThat(request.next()).isEqualTo("head last");
    client.close();
    assertThat(request.next()).isEqualTo("aborted downstream-reset");
  }

  @Test
  void tellsThatTheClientIsGoneWithinTheBody() throws Exception {
    atEnd(served -> {});
    client.send(http("POST / HTTP/1.1|Host: a|Content-Length: 5||ab"));
    Served request = served();
    request.next();
    assertThat(request.next()).isEqualTo("body");
    client.abort();
    assertThat(request.next()).isEqualTo("aborted downstream-reset");
    assertThat(request.calls).isEmpty();
  }

  @Test
  void aBugInTheReceiverIsAnAnswer() throws Exception {
    atHead(served -> {
      throw new IllegalStateException("expected in this test");
    });
    client.send(http(GET));
    assertThat(client.readAll()).startsWith("HTTP/1.1 500 ").contains("internal-error");
    assertThat(served().calls).containsExactly("head last", "aborted internal-error");
  }

  // --- time and draining -----------------------------------------------------------------------

  @Test
  void closesSlowHeads() throws Exception {
    ground.options = options(1000, 10, 100, 0, 50 * MILLI, 0);
    atEnd(served -> served.reply(200, ""));
    client.send("GET / HT");
    assertRefused("408");
    assertThat(ground.rejected.take().reason()).isEqualTo(Reason.DOWNSTREAM_TIMEOUT);
    client = ground.client();
    client.send(http(GET));
    assertThat(client.readHead()).isEqualTo(http(OK));
    client.send("GET / HT");
    assertRefused("408");
  }

  @Test
  void closesSlowBodies() throws Exception {
    ground.options = options(1000, 10, 100, 0, 0, 50 * MILLI);
    atEnd(served -> served.reply(200, ""));
    client.send(http("POST / HTTP/1.1|Host: a|Content-Length: 5||ab"));
    assertRefused("408");
    assertThat(served().calls).containsExactly("head", "body", "aborted downstream-timeout");
  }

  @Test
  void closesIdleConnections() throws Exception {
    HttpOptions d = HttpOptions.DEFAULTS;
    ground.options =
        new HttpOptions(
            d.maxHeaderBytes(),
            d.maxHeaderCount(),
            d.maxUriBytes(),
            0,
            0,
            50 * MILLI,
            0,
            0,
            0,
            d.trustedProxies(),
            d.path(),
            d.upgrades(),
            true);
    atEnd(served -> served.reply(200, ""));
    client = ground.client();
    assertThat(client.readAll()).isEmpty();
    client = ground.client();
    client.send(http(GET));
    assertThat(client.readAll()).isEqualTo(http(OK));
  }

  @Test
  void drains() throws Exception {
    atEnd(served -> {});
    client.send(http(GET));
    Served request = served();
    try (Peer idle = ground.client()) {
      Ground.await(() -> ground.on(() -> ground.downstreams.size()) == 2);
      on(() -> ground.downstreams.forEach(Http1DownstreamConnection::drain));
      assertThat(idle.readAll()).isEmpty();
    }
    on(() -> request.reply(200, "x"));
    assertThat(client.readAll())
        .isEqualTo(http("HTTP/1.1 200 OK|content-length: 1|Connection: close||x"));
  }

  // --- tunnels ---------------------------------------------------------------------------------

  @Test
  void becomesATunnel() throws Exception {
    atHead(served -> {
      served.stream.sendHead(Served.head(101, "Upgrade: echo"), false);
      served.stream.flush();
    });
    client.send(http("GET / HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: echo||early"));
    assertThat(client.readHead())
        .isEqualTo(http("HTTP/1.1 101 Switching Protocols|upgrade: echo|Connection: upgrade||"));
    Served request = served();
    assertThat(request.fields).isEqualTo("Upgrade: echo\n");
    assertThat(request.next()).isEqualTo("head last");
    assertThat(request.next()).isEqualTo("body");
    assertThat(request.body.toString().toUpperCase(Locale.ROOT)).isEqualTo("EARLY");
    client.end();
    assertThat(request.next()).isEqualTo("body last");
    on(() -> {
      request.stream.sendBody(Served.buffer("late"), true);
      request.stream.flush();
    });
    assertThat(client.readAll()).isEqualTo("late");
    assertThat(request.calls).isEmpty();
  }

  @Test
  void refusesATunnelThatNobodyAskedFor() throws Exception {
    atEnd(served -> served.stream.sendHead(Served.head(101, "Upgrade: echo"), false));
    client.send(http("GET / HTTP/1.1|Host: a||"));
    assertThat(client.readAll()).isEmpty();
  }

  // --- back-pressure ---------------------------------------------------------------------------

  @Test
  void stopsReadingWhenPaused() throws Exception {
    atHead(served -> served.stream.pause());
    client.send(http("POST / HTTP/1.1|Host: a|Content-Length: 100000000||"));
    Served request = served();
    assertThat(request.next()).isEqualTo("head");
    Thread flood =
        Thread.ofVirtual()
            .start(() -> {
              try {
                client.send(new byte[100_000_000]);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    request.next();
    // What was read before reading stopped arrives; then nothing more.
    long settled = Settled.value(() -> ground.on(() -> (long) request.body.length()));
    assertThat(settled).isLessThan(1_000_000);
    on(() -> request.stream.resume());
    Ground.await(() -> ground.on(() -> request.body.length()) == 100_000_000);
    flood.join();
  }
}
