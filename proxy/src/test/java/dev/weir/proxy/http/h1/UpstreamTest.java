package dev.weir.proxy.http.h1;

import static dev.weir.proxy.http.h1.Peer.http;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.stream.UpstreamStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The upstream codec with scripted receivers and a raw server. */
@ExtendWith(Leaks.class)
class UpstreamTest {
  private static final String REQUEST = "GET / HTTP/1.1|Host: a||";

  private Ground ground;
  private final List<Peer> peers = new ArrayList<>();

  @BeforeEach
  void open() throws Exception {
    ground = new Ground();
  }

  @AfterEach
  void close() throws Exception {
    for (Peer peer : peers) {
      peer.close();
    }
    ground.close();
  }

  private Attempt attempt(Consumer<UpstreamStream> request) {
    Attempt attempt = new Attempt(request);
    on(() -> ground.connect(attempt));
    return attempt;
  }

  private Peer upstream() throws Exception {
    Peer peer = ground.upstream();
    peers.add(peer);
    return peer;
  }

  private void on(Runnable action) {
    ground.on(() -> {
      action.run();
      return true;
    });
  }

  private int idle() {
    return ground.on(() -> ground.idle.size());
  }

  // --- the corpus ------------------------------------------------------------------------------

  static Stream<String> responses() {
    return Requests.lines("responses.txt");
  }

  @ParameterizedTest
  @MethodSource("responses")
  void inOnePiece(String line) throws Exception {
    check(line, Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @MethodSource("responses")
  void byteByByte(String line) throws Exception {
    check(line, 1);
  }

  private void check(String line, int step) throws Exception {
    String[] parts = line.split(" \\| ", 3);
    String[] outcome = (parts[0] + " ").split(" ", 2);
    String expectedBody = outcome[1].strip();
    String bytes = Requests.unescape(parts[2]);
    Attempt attempt = attempt(Attempt.get("GET"));
    Peer upstream = upstream();
    assertThat(upstream.readHead()).isEqualTo(http(REQUEST));
    boolean closes = bytes.endsWith("^");
    String sent = closes ? bytes.substring(0, bytes.length() - 1) : bytes;
    try {
      for (int at = 0; at < sent.length(); at += Math.min(step, sent.length() - at)) {
        upstream.send(sent.substring(at, at + Math.min(step, sent.length() - at)));
      }
      if (closes) {
        upstream.end();
      }
    } catch (java.io.IOException e) {
      // The codec may have seen enough and closed.
      assertThat(step).isEqualTo(1);
    }
    attempt.done();
    assertThat(attempt.calls).doesNotContain("CALLED AFTER THE END");
    switch (outcome[0]) {
      case "ok" -> {
        assertThat(attempt.failure).isNull();
        assertThat(attempt.body).hasToString(expectedBody);
        assertThat(idle()).isEqualTo(1);
        reused(upstream);
      }
      case "close" -> {
        assertThat(attempt.failure).isNull();
        assertThat(attempt.body).hasToString(expectedBody);
        Ground.await(() -> ground.upstreamsClosed.get() == 1);
        assertThat(idle()).isZero();
      }
      case "502" -> {
        assertThat(attempt.calls).noneMatch(call -> call.startsWith("head"));
        assertThat(Objects.requireNonNull(attempt.failure).reason())
            .isIn(Reason.UPSTREAM_PROTOCOL_ERROR, Reason.UPSTREAM_RESET);
        Ground.await(() -> ground.upstreamsClosed.get() == 1);
      }
      case "cut" -> {
        assertThat(attempt.calls.peek()).isEqualTo("head 200");
        assertThat(attempt.body).hasToString(expectedBody);
        assertThat(attempt.failure).isNotNull();
        Ground.await(() -> ground.upstreamsClosed.get() == 1);
      }
      default -> throw new IllegalArgumentException(line);
    }
  }

  private void reused(Peer upstream) throws Exception {
    Attempt second = attempt(Attempt.get("GET"));
    upstream.readHead();
    upstream.send(http("HTTP/1.1 200 OK|Content-Length: 1||z"));
    assertThat(second.done().body).hasToString("z");
    assertThat(second.stream().reusedConnection()).isTrue();
    assertThat(ground.upstreamsOpened).hasValue(1);
  }

  // --- requests --------------------------------------------------------------------------------

  @Test
  void framesBodies() throws Exception {
    Attempt attempt =
        attempt(stream -> {
          stream.sendHead(Attempt.head("POST", "/x?y", "X: 1"), false);
          stream.sendBody(Served.buffer("abc"), false);
          stream.sendBody(Served.buffer("de"), true);
          stream.flush();
        });
    Peer upstream = upstream();
    assertThat(upstream.readUntil(http("0||")))
        .isEqualTo(
            http("POST /x?y HTTP/1.1|Host: a|Transfer-Encoding: chunked|x: 1||3|abc|2|de|0||"));
    upstream.send(http("HTTP/1.1 200 OK|Content-Length: 0||"));
    attempt.done();

    Attempt sized =
        attempt(stream -> {
          stream.sendHead(Attempt.head("PUT", "/", "Content-Length: 5"), false);
          stream.sendBody(Served.buffer("abc"), false);
          stream.sendBody(Served.buffer("de"), true);
          stream.flush();
        });
    assertThat(upstream.readUntil("abcde"))
        .isEqualTo(http("PUT / HTTP/1.1|Host: a|content-length: 5||abcde"));
    upstream.send(http("HTTP/1.1 200 OK|Content-Length: 0||"));
    sized.done();
    assertThat(ground.upstreamsOpened).hasValue(1);
  }

  @Test
  void saysThatAPostHasNoBody() throws Exception {
    attempt(Attempt.get("POST"));
    assertThat(upstream().readHead())
        .isEqualTo(http("POST / HTTP/1.1|Host: a|Content-Length: 0||"));
  }

  @Test
  void listsWhatBelongsToTheConnection() throws Exception {
    attempt(Attempt.get("GET", "TE: trailers", "Connection: x", "Transfer-Encoding: y"));
    assertThat(upstream().readHead())
        .isEqualTo(http("GET / HTTP/1.1|Host: a|te: trailers|Connection: TE||"));
  }

  @Test
  void aBodyThatDoesNotFitBreaksTheConnection() throws Exception {
    Attempt attempt =
        attempt(stream -> {
          stream.sendHead(Attempt.head("PUT", "/", "Content-Length: 5"), false);
          stream.sendBody(Served.buffer("abc"), true);
          stream.flush();
        });
    assertThat(Objects.requireNonNull(attempt.done().failure).reason()).isEqualTo(Reason.INTERNAL);
    Ground.await(() -> ground.upstreamsClosed.get() == 1);
  }

  // --- responses -------------------------------------------------------------------------------

  @Test
  void theResponseToHeadHasNoBody() throws Exception {
    Attempt attempt = attempt(Attempt.get("HEAD"));
    Peer upstream = upstream();
    upstream.readHead();
    upstream.send(http("HTTP/1.1 200 OK|Content-Length: 5||"));
    assertThat(attempt.done().calls).containsExactly("head 200 last");
    assertThat(attempt.fields).isEqualTo("Content-Length: 5\n");
    reused(upstream);
  }

  @Test
  void takesTheFieldsOfTheConnectionAway() throws Exception {
    Attempt attempt = attempt(Attempt.get("GET"));
    Peer upstream = upstream();
    upstream.readHead();
    upstream.send(
        http(
            "HTTP/1.1 200 OK|Connection: X-Mine, Content-Length|X-Mine: 1|Keep-Alive: timeout=5"
                + "|Content-Length: 0|Upgrade: h2c|Proxy-Authenticate: basic|X-Yours: 1||"));
    attempt.done();
    assertThat(attempt.fields).isEqualTo("Content-Length: 0\nX-Yours: 1\n");
  }

  @Test
  void passesTheEarlyAnswerToAnUnfinishedRequestAndCloses() throws Exception {
    Attempt attempt =
        attempt(stream -> {
          stream.sendHead(Attempt.head("PUT", "/", "Content-Length: 5"), false);
          stream.flush();
        });
    Peer upstream = upstream();
    upstream.readHead();
    upstream.send(http("HTTP/1.1 413 No|Content-Length: 2||no"));
    assertThat(attempt.done().body).hasToString("no");
    assertThat(attempt.failure).isNull();
    Ground.await(() -> ground.upstreamsClosed.get() == 1);
    assertThat(idle()).isZero();
  }

  @Test
  void readsTheAnswerOfAnUpstreamThatStoppedReading() throws Exception {
    Attempt attempt =
        attempt(stream -> {
          stream.sendHead(Attempt.head("PUT", "/", "Content-Length: 100000000"), false);
          stream.flush();
        });
    Peer upstream = upstream();
    upstream.readHead();
    on(() -> attempt.stream().pause());
    upstream.send(http("HTTP/1.1 413 No|Content-Length: 2||no"));
    upstream.abort();
    // Writes fail now; the answer was received before that.
    for (int i = 0; i < 100; i++) {
      on(() -> {
        attempt.stream().sendBody(Served.buffer("x".repeat(10_000)), false);
        attempt.stream().flush();
      });
    }
    on(() -> attempt.stream().resume());
    attempt.done();
    assertThat(attempt.calls).doesNotContain("CALLED AFTER THE END");
    assertThat(attempt.body.toString()).isIn("no", "");
    Ground.await(() -> ground.upstreamsClosed.get() == 1);
  }

  @Test
  void tooManyInformationalResponsesAreAnError() throws Exception {
    Attempt attempt = attempt(Attempt.get("GET"));
    Peer upstream = upstream();
    upstream.readHead();
    upstream.send(http("HTTP/1.1 100 Continue||".repeat(101)));
    assertThat(Objects.requireNonNull(attempt.done().failure).reason())
        .isEqualTo(Reason.UPSTREAM_PROTOCOL_ERROR);
    assertThat(attempt.calls).hasSize(101);
  }

  @Test
  void aHeadThatIsTooLargeIsAnError() throws Exception {
    Attempt attempt = attempt(Attempt.get("GET"));
    Peer upstream = upstream();
    upstream.readHead();
    upstream.send(http("HTTP/1.1 200 OK|X: " + "x".repeat(70_000)));
    assertThat(Objects.requireNonNull(attempt.done().failure).reason())
        .isEqualTo(Reason.UPSTREAM_PROTOCOL_ERROR);
  }

  // --- ends ------------------------------------------------------------------------------------

  @Test
  void tellsHowSafeARetryIs() throws Exception {
    Attempt first = attempt(Attempt.get("GET"));
    Peer upstream = upstream();
    upstream.readHead();
    upstream.end();
    assertThat(Objects.requireNonNull(first.done().failure).retry()).isEqualTo(Retry.POLICY);

    Attempt second = attempt(Attempt.get("GET"));
    Peer next = upstream();
    next.readHead();
    next.send(http("HTTP/1.1 200 OK|Content-Length: 0||"));
    second.done();
    Attempt reused = attempt(Attempt.get("GET"));
    next.readHead();
    next.end();
    assertThat(Objects.requireNonNull(reused.done().failure).retry())
        .isEqualTo(Retry.REUSED_CONNECTION);

    Attempt begun = attempt(Attempt.get("GET"));
    Peer third = upstream();
    third.readHead();
    third.send(http("HTTP/1.1 200 OK|Content-Length: 9||x"));
    third.end();
    assertThat(Objects.requireNonNull(begun.done().failure).retry()).isEqualTo(Retry.NEVER);

    Attempt unsent = attempt(stream -> {});
    upstream().end();
    assertThat(Objects.requireNonNull(unsent.done().failure).retry()).isEqualTo(Retry.UNSENT);
  }

  @Test
  void anythingOnAnIdleConnectionClosesIt() throws Exception {
    Attempt first = attempt(Attempt.get("GET"));
    Peer upstream = upstream();
    upstream.readHead();
    upstream.send(http("HTTP/1.1 200 OK|Content-Length: 0||"));
    first.done();
    assertThat(idle()).isEqualTo(1);
    upstream.send(http("HTTP/1.1 408 Request Timeout||"));
    Ground.await(() -> ground.upstreamsClosed.get() == 1);
    assertThat(idle()).isZero();
  }

  @Test
  void aResponseBeforeTheRequestIsAnError() throws Exception {
    Attempt attempt = attempt(stream -> {});
    upstream().send(http("HTTP/1.1 200 OK|Content-Length: 0||"));
    assertThat(Objects.requireNonNull(attempt.done().failure).reason())
        .isEqualTo(Reason.UPSTREAM_PROTOCOL_ERROR);
  }

  @Test
  void cancelClosesWithoutAnotherCall() throws Exception {
    Attempt attempt = attempt(Attempt.get("GET"));
    Peer upstream = upstream();
    upstream.readHead();
    upstream.send(http("HTTP/1.1 200 OK|Content-Length: 9||x"));
    assertThat(attempt.next()).isEqualTo("head 200");
    assertThat(attempt.next()).isEqualTo("body");
    on(() -> attempt.stream().cancel());
    assertThat(upstream.readAll()).isEmpty();
    Ground.await(() -> ground.upstreamsClosed.get() == 1);
    assertThat(attempt.calls).isEmpty();
  }

  @Test
  void becomesATunnel() throws Exception {
    Attempt attempt = attempt(Attempt.get("GET", "Upgrade: echo"));
    Peer upstream = upstream();
    assertThat(upstream.readHead())
        .isEqualTo(http("GET / HTTP/1.1|Host: a|upgrade: echo|Connection: upgrade||"));
    upstream.send(http("HTTP/1.1 101 Switching Protocols|Upgrade: echo|Connection: Upgrade||hi"));
    assertThat(attempt.next()).isEqualTo("head 101");
    assertThat(attempt.next()).isEqualTo("body");
    on(() -> {
      attempt.stream().sendBody(Served.buffer("ping"), true);
      attempt.stream().flush();
    });
    assertThat(upstream.readAll()).isEqualTo("ping");
    upstream.send("bye").end();
    assertThat(attempt.done().body).hasToString("hibye");
    Ground.await(() -> ground.upstreamsClosed.get() == 1);
    assertThat(attempt.failure).isNull();
  }
}
