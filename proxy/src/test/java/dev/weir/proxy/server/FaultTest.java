package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Reason;
import dev.weir.proxy.plan.Action.Timeouts;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.ClusterPlan.Balancing;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.plan.RoutePlan;
import dev.weir.proxy.upstream.UpstreamOptions;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients and backends that break off, stall or talk nonsense at every stage of an exchange over
 * HTTP/1.1: what the other side gets, what is noted, and that nothing is left behind.
 */
@ExtendWith(NoLeaks.class)
class FaultTest {
  private static final Timeouts NO_LIMIT = new Timeouts(0, 0);
  private static final String GET = "GET / HTTP/1.1|Host: h||";
  private static final String OK = "HTTP/1.1 200 OK|Content-Length: 2||ok";

  private final InetSocketAddress address = TestProxy.freeAddress();
  private final CountDownLatch got = new CountDownLatch(1);
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

  private TestProxy proxy(Upstream upstream) throws Exception {
    return proxy(Plans.to("c"), upstream);
  }

  private TestProxy proxy(RoutePlan route, Upstream upstream) throws Exception {
    return TestProxy.start(Plans.of(address, route, Plans.cluster("c", upstream.address())));
  }

  private static void assertNothingRuns(TestProxy proxy) throws Exception {
    TestProxy.await(
        "the end of everything",
        () ->
            proxy.snapshot().getFirst().exchanges() == 0
                && proxy.endpoint("c").active() == 0
                && proxy.endpoint("c").pending() == 0);
  }

  private static void assertFailed(TestProxy proxy, Reason reason) throws Exception {
    TestProxy.Seen exchange = proxy.seen();
    assertThat(exchange.reason()).isEqualTo(reason);
    assertNothingRuns(proxy);
  }

  // --- the client goes -------------------------------------------------------------------------

  /** How a client ends its connection. */
  enum Leaving {
    CLOSE,
    RESET;

    void by(Peer client) throws IOException {
      switch (this) {
        case CLOSE -> client.close();
        case RESET -> client.abort();
      }
    }
  }

  /** Reads until the proxy ends the connection, and says so. */
  private void awaitEnd(Peer peer) throws IOException {
    try {
      peer.readAll();
    } catch (IOException reset) {
      // As good an end as the other.
    }
    seen.add("end");
  }

  private String next() throws InterruptedException {
    String what = seen.poll(10, TimeUnit.SECONDS);
    return what == null ? "nothing" : what;
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatGoesBeforeTheResponseEndsTheAttempt(Leaving leaving) throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              seen.add("asked");
              awaitEnd(peer);
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      client.send(GET);
      assertThat(next()).isEqualTo("asked");
      leaving.by(client);
      assertThat(next()).isEqualTo("end");
      assertFailed(proxy, Reason.DOWNSTREAM_RESET);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatGoesWithinTheResponseEndsTheAttempt(Leaving leaving) throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 200 OK|Content-Length: 100000000||");
              byte[] piece = new byte[65536];
              try {
                for (int i = 0; i < 1500; i++) {
                  peer.send(piece);
                }
              } catch (IOException broken) {
                seen.add("end");
              }
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connectSlow(address)) {
      client.send(GET).readHead();
      client.skip(100_000);
      leaving.by(client);
      assertThat(next()).isEqualTo("end");
      assertFailed(proxy, Reason.DOWNSTREAM_RESET);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "CLOSE, Content-Length: 100, abc",
    "RESET, Content-Length: 100, abc",
    "CLOSE, Transfer-Encoding: chunked, 3|abc|",
    "RESET, Transfer-Encoding: chunked, 5|abc",
    "CLOSE, Content-Length: 100, ''",
  })
  void aBrokenUploadIsNeverAWholeOne(Leaving leaving, String framing, String body)
      throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              seen.add("asked");
              String got;
              try {
                got = peer.readAll();
              } catch (IOException reset) {
                got = "reset";
              }
              seen.add(got);
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|" + framing + "||" + body);
      assertThat(next()).isEqualTo("asked");
      leaving.by(client);
      assertThat(next()).doesNotContain("0\r\n\r\n").hasSizeLessThan(20);
      assertFailed(proxy, Reason.DOWNSTREAM_RESET);
    }
  }

  @Test
  void anUploadThatBreaksTheRulesIsAnsweredAndBrokenOff() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              seen.add("asked");
              seen.add(peer.readAll());
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked||3|abc|");
      assertThat(next()).isEqualTo("asked");
      client.send("zz|");
      assertThat(client.readHead())
          .startsWith("HTTP/1.1 400 ")
          .contains("weir-reason: bad-request\r\n")
          .contains("Connection: close\r\n");
      assertThat(next()).isEqualTo("3\r\nabc\r\n");
      assertFailed(proxy, Reason.BAD_REQUEST);
    }
  }

  @Test
  void aBodyThatIsTooLargeEndsTheAttempt() throws Exception {
    HttpOptions small = withMaxBody(10);
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              seen.add("asked");
              awaitEnd(peer);
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    Plans.listener("test", address, Plans.to("c"), small),
                    Plans.cluster("c", upstream.address())));
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked||5|hello|");
      assertThat(next()).isEqualTo("asked");
      client.send("6|, world|".replace(", world", ",world"));
      assertThat(client.readHead()).startsWith("HTTP/1.1 413 ").contains("body-too-large");
      assertThat(next()).isEqualTo("end");
      assertFailed(proxy, Reason.BODY_TOO_LARGE);
    }
  }

  private static HttpOptions withMaxBody(long bytes) {
    HttpOptions d = HttpOptions.DEFAULTS;
    return new HttpOptions(
        d.maxHeaderBytes(),
        d.maxHeaderCount(),
        d.maxUriBytes(),
        bytes,
        d.maxConcurrentStreams(),
        d.connectionIdleNanos(),
        d.headerReadNanos(),
        d.requestReadNanos(),
        d.streamIdleNanos(),
        d.trustedProxies(),
        d.path(),
        d.upgrades(),
        d.reasonHeader());
  }

  @Test
  void aClientThatGoesWhileItsRequestWaitsForAConnectionIsForgotten() throws Exception {
    Limits one = new Limits(1, 10, 0);
    CountDownLatch answer = new CountDownLatch(1);
    try (Upstream upstream =
            Upstream.start(peer -> {
              while (true) {
                seen.add(peer.readHead().split(" ")[1]);
                answer.await();
                peer.send(OK);
              }
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    Plans.to("c"),
                    Plans.cluster("c", Balancing.ROUND_ROBIN, one, upstream.address())));
        Peer first = Peer.connect(address);
        Peer second = Peer.connect(address)) {
      first.send("GET /first HTTP/1.1|Host: h||");
      assertThat(next()).isEqualTo("/first");
      second.send("GET /second HTTP/1.1|Host: h||");
      TestProxy.await("the second waits", () -> proxy.endpoint("c").pending() == 1);
      second.abort();
      TestProxy.await("it waits no longer", () -> proxy.endpoint("c").pending() == 0);
      answer.countDown();
      assertThat(first.readMessage()).endsWith("ok");
      assertThat(first.send("GET /third HTTP/1.1|Host: h||").readMessage()).endsWith("ok");
      assertThat(next()).isEqualTo("/third");
      assertNothingRuns(proxy);
    }
  }

  // --- the backend breaks off ------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "'', 502, upstream-reset",
    "HTTP/1.1 200 OK|Content-, 502, upstream-reset",
    "HTTP/1.1 100 Continue||, 502, upstream-reset",
    "what is this?||, 502, upstream-protocol-error",
    "HTTP/2.0 200 OK||, 502, upstream-protocol-error",
    "HTTP/1.1 200 OK|Content-Length: 1|Content-Length: 2||a, 502, upstream-protocol-error",
    "HTTP/1.1 200 OK|Content-Length: 1|Transfer-Encoding: chunked||a, 502, upstream-protocol-error",
    "HTTP/1.1 200 OK|Transfer-Encoding: gzip||a, 502, upstream-protocol-error",
    "HTTP/1.1 200 OK|A: b| c: d||, 502, upstream-protocol-error",
    "HTTP/1.1 101 Switching Protocols|Upgrade: x||, 502, upstream-protocol-error",
    "SSH-2.0-OpenSSH_9.9|, 502, upstream-protocol-error",
  })
  void noResponseIsABadGateway(String response, int status, String reason) throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send(response);
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      client.send(GET);
      assertThat(finalAnswer(client))
          .startsWith("HTTP/1.1 " + status)
          .contains("weir-reason: " + reason + "\r\n")
          .endsWith(reason + "\n");
      // The client's connection is none the worse for it.
      client.send(GET);
      assertThat(finalAnswer(client)).startsWith("HTTP/1.1 " + status);
      assertThat(proxy.seen().status()).isEqualTo(status);
      assertThat(proxy.seen().attempts()).isEqualTo(1);
      assertNothingRuns(proxy);
    }
  }

  private static String finalAnswer(Peer client) throws IOException {
    String answer = client.readMessage();
    return answer.startsWith("HTTP/1.1 100 ") ? client.readMessage() : answer;
  }

  @Test
  void blanksBeforeAColonAreTakenOutOfResponses() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 200 OK|X-A \t : b|Content-Length: 2||ok");
              peer.readHead();
            });
        TestProxy proxy = proxy(upstream)) {
      assertThat(Peer.ask(address, GET)).containsPattern("X-A:[ \t]+b\r\n");
      assertNothingRuns(proxy);
    }
  }

  @Test
  void aResponseHeadThatIsTooLargeIsABadGateway() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 200 OK|A: " + "a".repeat(70_000) + "||");
            });
        TestProxy proxy = proxy(upstream)) {
      assertThat(Peer.ask(address, GET)).startsWith("HTTP/1.1 502 ");
      assertFailed(proxy, Reason.UPSTREAM_PROTOCOL_ERROR);
    }
  }

  /** How a backend ends its connection. */
  enum Ending {
    CLOSE,
    RESET
  }

  @ParameterizedTest
  @CsvSource({
    "CLOSE, Content-Length: 10, half",
    "RESET, Content-Length: 10, half",
    "CLOSE, Content-Length: 10, ''",
    "CLOSE, Transfer-Encoding: chunked, 4|half|",
    "RESET, Transfer-Encoding: chunked, 4|half|",
    "CLOSE, Transfer-Encoding: chunked, 8|half",
    "CLOSE, Transfer-Encoding: chunked, 4|half|0|",
    "CLOSE, Transfer-Encoding: chunked, 4|half|zz|",
  })
  void halfAResponseIsNeverAWholeOne(Ending ending, String framing, String body) throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 200 OK|" + framing + "||" + body);
              if (ending == Ending.RESET) {
                got.await();
                peer.abort();
              }
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      String head = client.send(GET).readHead();
      assertThat(head).startsWith("HTTP/1.1 200 ");
      got.countDown();
      String rest = readToTheEnd(client);
      assertThat(rest).doesNotContain("0\r\n\r\n").hasSizeLessThan(10);
      TestProxy.Seen exchange = proxy.seen();
      assertThat(exchange.status()).isEqualTo(200);
      assertThat(exchange.reason()).isIn(Reason.UPSTREAM_RESET, Reason.UPSTREAM_PROTOCOL_ERROR);
      assertNothingRuns(proxy);
    }
  }

  private static String readToTheEnd(Peer client) {
    StringBuilder rest = new StringBuilder();
    try {
      while (true) {
        rest.append(client.read(1));
      }
    } catch (IOException end) {
      return rest.toString();
    }
  }

  @Test
  void theEndOfTheConnectionEndsABodyOfUnknownLength() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 200 OK||all of it");
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      assertThat(client.send(GET).readMessage()).endsWith("9\r\nall of it\r\n0\r\n\r\n");
      assertThat(client.send(GET).readMessage()).endsWith("0\r\n\r\n");
      assertThat(proxy.seen().reason()).isNull();
      assertThat(proxy.seen().reason()).isNull();
      assertNothingRuns(proxy);
    }
  }

  @Test
  void aResetIsNotTheEndOfABodyOfUnknownLength() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 200 OK||some of it");
              got.await();
              peer.abort();
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      client.send(GET).readUntil("some of it");
      got.countDown();
      assertThat(readToTheEnd(client)).doesNotContain("0\r\n\r\n");
      assertFailed(proxy, Reason.UPSTREAM_RESET);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, '', 200",
    "DELETE, '', 200",
    "PUT, abc, 200",
    "POST, abc, 502",
    "PATCH, abc, 502"
  })
  void aConnectionThatClosedWhileIdleCostsOnlyWhatMayNotBeRepeated(
      String method, String body, int status) throws Exception {
    AtomicInteger connections = new AtomicInteger();
    try (Upstream upstream =
            Upstream.start(peer -> {
              boolean first = connections.getAndIncrement() == 0;
              peer.readMessage();
              peer.send(OK);
              peer.readMessage();
              if (!first) {
                peer.send(OK).readHead();
              }
              // The first is closed under the second request.
            });
        TestProxy proxy = proxy(upstream)) {
      assertThat(Peer.ask(address, GET)).endsWith("ok");
      proxy.seen();
      String request =
          "%s / HTTP/1.1|Host: h|Content-Length: %d||%s".formatted(method, body.length(), body);
      assertThat(Peer.ask(address, request)).startsWith("HTTP/1.1 " + status);
      assertThat(proxy.seen().attempts()).isEqualTo(status == 200 ? 2 : 1);
      assertNothingRuns(proxy);
    }
  }

  @Test
  void whatABackendSendsBeyondItsResponseIsNobodysResponse() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send(OK + "HTTP/1.1 200 OK|Content-Length: 4||evil");
              awaitEnd(peer);
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      assertThat(client.send(GET).readMessage()).endsWith("\r\n\r\nok");
      assertThat(next()).isEqualTo("end");
      assertThat(client.send(GET).readMessage()).endsWith("\r\n\r\nok");
      assertThat(upstream.connections()).isEqualTo(2);
      assertNothingRuns(proxy);
    }
  }

  @Test
  void whatABackendSendsUnaskedIsNobodysResponse() throws Exception {
    CountDownLatch idle = new CountDownLatch(1);
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send(OK);
              idle.await();
              peer.send("HTTP/1.1 408 Request Timeout|Content-Length: 0|Connection: close||");
              awaitEnd(peer);
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      assertThat(client.send(GET).readMessage()).endsWith("\r\n\r\nok");
      idle.countDown();
      assertThat(next()).isEqualTo("end");
      assertThat(client.send(GET).readMessage()).endsWith("\r\n\r\nok");
      assertThat(upstream.connections()).isEqualTo(2);
      assertNothingRuns(proxy);
    }
  }

  // --- answers before the request is over --------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 10000000", "Transfer-Encoding: chunked"})
  void anEarlyAnswerReachesAClientThatStillSends(String framing) throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 413 Too Large|Content-Length: 3|Connection: close||big");
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|" + framing + "||");
      if (framing.startsWith("T")) {
        client.send("1000000|");
      }
      Thread sending =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (int i = 0; i < 60; i++) {
                    client.send(new byte[1024]);
                  }
                } catch (IOException closed) {
                  // It may have seen enough.
                }
              });
      String answer = client.readMessage();
      assertThat(answer).startsWith("HTTP/1.1 413 ").endsWith("big");
      // Of chunks nobody knows how many there will be: they are read for a while.
      assertThat(answer.contains("Connection: close\r\n")).isEqualTo(framing.startsWith("C"));
      sending.join();
      assertThat(proxy.seen().status()).isEqualTo(413);
      assertNothingRuns(proxy);
    }
  }

  @Test
  void aRefusalInsteadOfContinueEndsTheConnection() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              assertThat(peer.readHead()).contains("Expect: 100-continue\r\n");
              peer.send("HTTP/1.1 401 Unauthorized|Content-Length: 0||");
              awaitEnd(peer);
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Expect: 100-continue|Content-Length: 3||");
      assertThat(client.readMessage())
          .startsWith("HTTP/1.1 401 ")
          .contains("Connection: close\r\n");
      assertThat(next()).isEqualTo("end");
      assertNothingRuns(proxy);
    }
  }

  @Test
  void aLocalAnswerInsteadOfContinueEndsTheConnection() throws Exception {
    try (TestProxy proxy = TestProxy.start(Plans.of(address, Plans.to("nowhere")));
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Expect: 100-continue|Content-Length: 3||");
      assertThat(client.readMessage())
          .startsWith("HTTP/1.1 503 ")
          .contains("weir-reason: no-cluster\r\n")
          .contains("Connection: close\r\n");
      assertThat(proxy.seen().reason()).isEqualTo(Reason.NO_CLUSTER);
    }
  }

  // --- time ------------------------------------------------------------------------------------

  private TestProxy timed(Timeouts timeouts, AtomicLong clock, InetSocketAddress endpoint)
      throws Exception {
    return TestProxy.start(
        Plans.of(address, Plans.route(Plans.forward(timeouts, "c")), Plans.cluster("c", endpoint)),
        clock::get);
  }

  private static void passes(AtomicLong clock, int seconds) {
    clock.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  @ParameterizedTest
  @CsvSource({
    "20, 0, request-timeout",
    "0, 20, backend-request-timeout",
    "20, 30, request-timeout",
    "0, 0, idle-timeout"
  })
  void aSilentBackendIsATimeout(long request, long backendRequest, String reason) throws Exception {
    AtomicLong clock = new AtomicLong();
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              seen.add("asked");
              awaitEnd(peer);
            });
        TestProxy proxy =
            timed(
                new Timeouts(
                    Duration.ofSeconds(request).toNanos(),
                    Duration.ofSeconds(backendRequest).toNanos()),
                clock,
                upstream.address());
        Peer client = Peer.connect(address)) {
      client.send(GET);
      assertThat(next()).isEqualTo("asked");
      passes(clock, reason.equals("idle-timeout") ? 301 : 21);
      assertThat(client.readMessage())
          .startsWith("HTTP/1.1 504 ")
          .contains("weir-reason: " + reason + "\r\n");
      assertThat(next()).isEqualTo("end");
      assertNothingRuns(proxy);
      // The connection is as good as before.
      client.send(GET);
      assertThat(next()).isEqualTo("asked");
    }
  }

  @Test
  void aResponseThatTakesTooLongIsBrokenOff() throws Exception {
    AtomicLong clock = new AtomicLong();
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 200 OK|Transfer-Encoding: chunked||4|half|");
              awaitEnd(peer);
            });
        TestProxy proxy =
            timed(new Timeouts(Duration.ofSeconds(20).toNanos(), 0), clock, upstream.address());
        Peer client = Peer.connect(address)) {
      client.send(GET).readUntil("half\r\n");
      passes(clock, 21);
      assertThat(readToTheEnd(client)).isEmpty();
      assertThat(next()).isEqualTo("end");
      assertFailed(proxy, Reason.REQUEST_TIMEOUT);
    }
  }

  @Test
  void aClientThatStopsWithinItsBodyIsATimeout() throws Exception {
    AtomicLong clock = new AtomicLong();
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              seen.add("asked");
              awaitEnd(peer);
            });
        TestProxy proxy = timed(NO_LIMIT, clock, upstream.address());
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 10||half");
      assertThat(next()).isEqualTo("asked");
      passes(clock, 301);
      assertThat(client.readHead()).startsWith("HTTP/1.1 504 ").contains("idle-timeout");
      assertThat(next()).isEqualTo("end");
      assertFailed(proxy, Reason.IDLE_TIMEOUT);
    }
  }

  @Test
  void aConnectionThatIsNotMadeInTimeIsATimeout() throws Exception {
    AtomicLong clock = new AtomicLong();
    // A listener that accepts nobody: after its queue is full, nobody gets through.
    try (ServerSocket full = new ServerSocket(0, 1, address.getAddress())) {
      List<Socket> queue = new ArrayList<>();
      InetSocketAddress endpoint = (InetSocketAddress) full.getLocalSocketAddress();
      for (int i = 0; i < 4; i++) {
        Socket socket = new Socket();
        queue.add(socket);
        Thread.ofVirtual()
            .start(() -> {
              try {
                socket.connect(endpoint);
              } catch (IOException closed) {
                // At the end of the test.
              }
            });
      }
      TestProxy.await(
          "the queue is full", () -> queue.stream().filter(Socket::isConnected).count() >= 2);
      try (TestProxy proxy = timed(NO_LIMIT, clock, endpoint);
          Peer client = Peer.connect(address)) {
        client.send(GET);
        TestProxy.await("it connects", () -> proxy.endpoint("c").connections() == 1);
        passes(clock, 6);
        assertThat(client.readMessage())
            .startsWith("HTTP/1.1 503 ")
            .contains("weir-reason: upstream-connect-timeout\r\n");
        assertFailed(proxy, Reason.UPSTREAM_CONNECT_TIMEOUT);
        assertThat(proxy.endpoint("c").connections()).isZero();
      } finally {
        for (Socket socket : queue) {
          socket.close();
        }
      }
    }
  }

  @Test
  void aRefusedConnectionIsAFailureAtOnce() throws Exception {
    try (TestProxy proxy =
        TestProxy.start(
            Plans.of(address, Plans.to("c"), Plans.cluster("c", TestProxy.freeAddress())))) {
      assertThat(Peer.ask(address, GET))
          .startsWith("HTTP/1.1 503 ")
          .contains("weir-reason: upstream-connect-failure\r\n");
      assertFailed(proxy, Reason.UPSTREAM_CONNECT_FAILURE);
    }
  }

  @Test
  void beyondTheLimitsOfAClusterIs503() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (Upstream upstream =
            Upstream.start(peer -> {
              while (true) {
                peer.readHead();
                seen.add("asked");
                answer.await();
                peer.send(OK);
              }
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    Plans.to("c"),
                    Plans.cluster(
                        "c", Balancing.ROUND_ROBIN, new Limits(1, 1, 0), upstream.address())));
        Peer first = Peer.connect(address);
        Peer second = Peer.connect(address)) {
      first.send(GET);
      assertThat(next()).isEqualTo("asked");
      second.send(GET);
      TestProxy.await("the second waits", () -> proxy.endpoint("c").pending() == 1);
      assertThat(Peer.ask(address, GET))
          .startsWith("HTTP/1.1 503 ")
          .contains("weir-reason: upstream-overflow\r\n");
      answer.countDown();
      assertThat(first.readMessage()).endsWith("ok");
      assertThat(second.readMessage()).endsWith("ok");
      assertThat(upstream.connections()).isEqualTo(1);
      assertNothingRuns(proxy);
    }
  }

  // --- the end -----------------------------------------------------------------------------------

  @Test
  void whoIsConnectedIsAnsweredOnceMoreWhileTheProxyDrains() throws Exception {
    try (Upstream upstream = Upstream.answering("hello");
        TestProxy proxy = proxy(upstream);
        Peer asks = Peer.connect(address);
        Peer waits = Peer.connect(address);
        Peer asksAgain = Peer.connect(address);
        Peer idle = Peer.connect(address)) {
      for (Peer peer : List.of(asksAgain, idle)) {
        peer.send(GET);
        assertThat(peer.readMessage()).startsWith("HTTP/1.1 200 ");
      }
      awaitConnections(proxy, 4);

      var drained = proxy.proxy().drain(Duration.ofSeconds(20)).toCompletableFuture();

      for (Peer peer : List.of(asks, asksAgain)) {
        peer.send(GET);
        assertThat(peer.readMessage())
            .startsWith("HTTP/1.1 200 ")
            .containsIgnoringCase("connection: close");
        assertThat(peer.ended()).isTrue();
      }
      assertThat(waits.ended()).isTrue();
      assertThat(idle.ended()).isTrue();
      drained.get(10, TimeUnit.SECONDS);
    }
  }

  private static void awaitConnections(TestProxy proxy, int count) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    int seen;
    do {
      seen =
          proxy.proxy().snapshot().toCompletableFuture().join().stream()
              .flatMap(worker -> worker.connections().values().stream())
              .mapToInt(Integer::intValue)
              .sum();
    } while (seen != count && System.nanoTime() < end);
    assertThat(seen).isEqualTo(count);
  }

  // --- the plan changes ------------------------------------------------------------------------

  @Test
  void plansChangeUnderLoadAndNobodyNotices() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    try (Upstream a = Upstream.answering("a");
        Upstream b = Upstream.answering("b");
        TestProxy proxy = TestProxy.start(2, UpstreamOptions.DEFAULTS)) {
      Plan toA = Plans.of(address, Plans.to("a"), Plans.cluster("a", a.address()));
      Plan toB = Plans.of(address, Plans.to("b"), Plans.cluster("b", b.address()));
      Plan both =
          Plans.of(
              address,
              Plans.route(Plans.forward(NO_LIMIT, Plans.weighted("a", 1), Plans.weighted("b", 1))),
              Plans.cluster("a", b.address()),
              Plans.cluster("b", a.address()));
      proxy.install(toA);
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        boolean fresh = i % 2 == 0;
        clients.add(
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    load(fresh, enough, answered);
                  } catch (IOException | AssertionError e) {
                    failures.add(e);
                  }
                }));
      }
      List<Plan> plans = List.of(toB, both, toA);
      for (int i = 0; i < 60; i++) {
        int before = answered.get();
        proxy.install(plans.get(i % 3));
        TestProxy.await("some answers", () -> answered.get() > before + 20 || !failures.isEmpty());
      }
      enough.set(true);
      for (Thread client : clients) {
        client.join();
      }
      assertThat(failures).isEmpty();
      TestProxy.await(
          "the end of everything",
          () -> proxy.snapshot().stream().allMatch(worker -> worker.exchanges() == 0));
    }
  }

  private void load(boolean fresh, AtomicBoolean enough, AtomicInteger answered)
      throws IOException {
    Peer client = Peer.connect(address);
    try {
      while (!enough.get()) {
        if (fresh) {
          client.close();
          client = Peer.connect(address);
        }
        assertThat(client.send(GET).readMessage()).startsWith("HTTP/1.1 200 ");
        answered.incrementAndGet();
      }
    } catch (EOFException e) {
      throw new AssertionError("a connection was cut", e);
    } finally {
      client.close();
    }
  }

  @Test
  void aClusterThatGoesLetsItsExchangesFinish() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              seen.add("asked");
              answer.await();
              peer.send(OK);
              awaitEnd(peer);
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      client.send(GET);
      assertThat(next()).isEqualTo("asked");
      ClusterPlan other = Plans.cluster("other", TestProxy.freeAddress());
      proxy.install(Plans.of(address, Plans.to("other"), other));
      answer.countDown();
      assertThat(client.readMessage()).endsWith("ok");
      // Its connection is of no use any more.
      assertThat(next()).isEqualTo("end");
      assertThat(client.send(GET).readMessage()).startsWith("HTTP/1.1 503 ");
    }
  }
}
