package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Reason;
import dev.weir.core.time.Ticker;
import dev.weir.proxy.plan.Action.Timeouts;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ChainTable;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.ClusterPlan.Balancing;
import dev.weir.proxy.plan.ClusterPlan.EndpointPlan;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.ClusterPlan.RetryBudget;
import dev.weir.proxy.plan.ClusterPlan.UpstreamProtocol;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.HttpPlan;
import dev.weir.proxy.plan.RetryPolicy;
import dev.weir.proxy.plan.RetryPolicy.Condition;
import dev.weir.proxy.plan.RoutePlan;
import dev.weir.proxy.plan.TcpListenerPlan;
import dev.weir.proxy.upstream.UpstreamOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a route's retry policy does, over real connections. */
@ExtendWith(NoLeaks.class)
class RetryTest {
  private static final String OK = "HTTP/1.1 200 OK|Content-Length: 2||ok";
  private static final String UNAVAILABLE =
      "HTTP/1.1 503 Service Unavailable|Content-Length: 3||bad";
  private static final Timeouts NO_LIMIT = new Timeouts(0, 0);

  private final InetSocketAddress address = TestProxy.freeAddress();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

  private static RetryPolicy policy(int retries, Duration pause, int... statuses) {
    BitSet set = new BitSet();
    Arrays.stream(statuses).forEach(set::set);
    return new RetryPolicy(
        Set.of(Condition.RESET), set, retries, pause.toNanos(), pause.toNanos() * 10);
  }

  /** Retries without much of a pause. */
  private static RetryPolicy soon(int retries, int... statuses) {
    return policy(retries, Duration.ofMillis(1), statuses);
  }

  private static RoutePlan route(RetryPolicy policy) {
    return route(policy, NO_LIMIT);
  }

  private static RoutePlan route(RetryPolicy policy, Timeouts timeouts) {
    return Plans.route(Plans.retrying(Plans.forward(timeouts, "c"), policy));
  }

  private TestProxy proxy(RoutePlan route, SocketAddress... endpoints) throws Exception {
    return TestProxy.start(Plans.of(address, route, Plans.cluster("c", endpoints)));
  }

  /** A server that gives these answers, and the last of them again and again. */
  private Upstream answering(String... answers) throws IOException {
    AtomicInteger count = new AtomicInteger();
    return Upstream.start(peer -> {
      while (true) {
        requests.add(peer.readMessage());
        peer.send(answers[Math.min(count.getAndIncrement(), answers.length - 1)]);
      }
    });
  }

  // --- responses -------------------------------------------------------------------------------

  @Test
  void triesAgainAfterAListedStatusOnTheSameConnection() throws Exception {
    try (Upstream upstream = answering(UNAVAILABLE, UNAVAILABLE, OK);
        TestProxy proxy = proxy(route(soon(3, 503)), upstream.address())) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||"))
          .startsWith("HTTP/1.1 200 ")
          .endsWith("\r\n\r\nok");
      assertThat(requests).hasSize(3);
      assertThat(upstream.connections()).isEqualTo(1);
      assertThat(proxy.seen().attempts()).isEqualTo(3);
      assertThat(proxy.endpoint("c").active()).isZero();
    }
  }

  @Test
  void passesTheLastResponseOnWhenTheRetriesAreUsedUp() throws Exception {
    try (Upstream upstream = answering(UNAVAILABLE);
        TestProxy proxy = proxy(route(soon(2, 503)), upstream.address())) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||"))
          .startsWith("HTTP/1.1 503 ")
          .endsWith("\r\n\r\nbad");
      assertThat(requests).hasSize(3);
      TestProxy.Seen seen = proxy.seen();
      assertThat(seen.attempts()).isEqualTo(3);
      assertThat(seen.reason()).isNull();
    }
  }

  @Test
  void passesOtherStatusesOn() throws Exception {
    try (Upstream upstream = answering(UNAVAILABLE);
        TestProxy proxy = proxy(route(soon(2, 500)), upstream.address())) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).startsWith("HTTP/1.1 503 ");
      assertThat(proxy.seen().attempts()).isEqualTo(1);
    }
  }

  @Test
  void readsARefusedResponseToItsEndWhilePausing() throws Exception {
    Semaphore rest = new Semaphore(0);
    AtomicLong clock = new AtomicLong();
    AtomicInteger count = new AtomicInteger();
    try (Upstream upstream =
            Upstream.start(peer -> {
              while (true) {
                peer.readMessage();
                if (count.getAndIncrement() == 0) {
                  peer.send("HTTP/1.1 503 No|Transfer-Encoding: chunked||3|abc|");
                  rest.acquire();
                  peer.send("3|def|0|X-Trailer: t||");
                } else {
                  peer.send(OK);
                }
              }
            });
        TestProxy proxy =
            proxy(clock::get, route(policy(1, Duration.ofSeconds(1), 503)), upstream.address());
        Peer client = Peer.connect(address)) {
      client.send("GET / HTTP/1.1|Host: h||");
      TestProxy.await("the first attempt", () -> count.get() == 1);
      rest.release();
      TestProxy.await("the attempt's end", () -> active(proxy) == 0);
      clock.addAndGet(Duration.ofSeconds(3).toNanos());
      assertThat(client.readMessage()).endsWith("\r\n\r\nok");
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(UnfinishedResponse.class)
  void doesNotWaitForTheEndOfARefusedResponse(UnfinishedResponse response) throws Exception {
    AtomicInteger count = new AtomicInteger();
    BlockingQueue<Boolean> closed = new LinkedBlockingQueue<>();
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readMessage();
              if (count.getAndIncrement() == 0) {
                peer.send(response.text);
                closed.add(peer.ended());
              } else {
                peer.send(OK).readHead();
              }
            });
        TestProxy proxy = proxy(route(soon(1, 503)), upstream.address())) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).endsWith("\r\n\r\nok");
      assertThat(closed.poll(5, TimeUnit.SECONDS)).isTrue();
      assertThat(upstream.connections()).isEqualTo(2);
      assertThat(proxy.seen().attempts()).isEqualTo(2);
    }
  }

  /** Responses that go on too long to be read for the sake of a connection. */
  enum UnfinishedResponse {
    STALLED("HTTP/1.1 503 No|Content-Length: 10||bad"),
    LARGE("HTTP/1.1 503 No|Content-Length: 1000000||" + "x".repeat(100_000));

    private final String text;

    UnfinishedResponse(String text) {
      this.text = text;
    }
  }

  @Test
  void neverTriesAgainOnceTheResponseHasBegun() throws Exception {
    AtomicInteger count = new AtomicInteger();
    try (Upstream upstream =
            Upstream.start(peer -> {
              count.incrementAndGet();
              peer.readMessage();
              peer.send("HTTP/1.1 200 OK|Content-Length: 10||half");
            });
        TestProxy proxy = proxy(route(soon(3, 503)), upstream.address());
        Peer client = Peer.connect(address)) {
      assertThat(client.send("GET / HTTP/1.1|Host: h||").readAll()).endsWith("\r\n\r\nhalf");
      TestProxy.Seen seen = proxy.seen();
      assertThat(seen.attempts()).isEqualTo(1);
      assertThat(seen.reason()).isEqualTo(Reason.UPSTREAM_RESET);
      assertThat(count.get()).isEqualTo(1);
    }
  }

  @Test
  void doesNotTryAgainAfterAnInformationalResponse() throws Exception {
    try (Upstream upstream = answering("HTTP/1.1 103 Early Hints|Link: </a>||" + UNAVAILABLE, OK);
        TestProxy proxy = proxy(route(soon(3, 503)), upstream.address());
        Peer client = Peer.connect(address)) {
      client.send("GET / HTTP/1.1|Host: h||");
      assertThat(client.readHead()).startsWith("HTTP/1.1 103 ");
      assertThat(client.readMessage()).startsWith("HTTP/1.1 503 ");
      assertThat(proxy.seen().attempts()).isEqualTo(1);
    }
  }

  // --- connections -----------------------------------------------------------------------------

  @ParameterizedTest
  @EnumSource(Breaking.class)
  void triesAgainAfterAConnectionThatBrokeBeforeTheResponse(Breaking breaking) throws Exception {
    AtomicInteger count = new AtomicInteger();
    try (Upstream upstream =
            Upstream.start(peer -> {
              requests.add(peer.readMessage());
              if (count.getAndIncrement() < 2) {
                breaking.end(peer);
              } else {
                peer.send(OK).readHead();
              }
            });
        TestProxy proxy = proxy(route(soon(2)), upstream.address())) {
      assertThat(Peer.ask(address, "POST / HTTP/1.1|Host: h|Content-Length: 3||abc"))
          .endsWith("\r\n\r\nok");
      assertThat(requests).hasSize(3).allMatch(request -> request.endsWith("\r\n\r\nabc"));
      assertThat(proxy.seen().attempts()).isEqualTo(3);
    }
  }

  /** How a server ends a connection without a response. */
  enum Breaking {
    CLOSED,
    RESET,
    WITHIN_THE_HEAD,
    NOT_HTTP;

    void end(Peer peer) throws IOException {
      switch (this) {
        case CLOSED -> {}
        case RESET -> peer.abort();
        case WITHIN_THE_HEAD -> peer.send("HTTP/1.1 200 OK|Content-");
        case NOT_HTTP -> peer.send("what?||");
      }
    }
  }

  @Test
  void says503WhenAllAttemptsBroke() throws Exception {
    try (Upstream upstream = Upstream.start(Peer::readMessage);
        TestProxy proxy = proxy(route(soon(2)), upstream.address())) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||"))
          .startsWith("HTTP/1.1 503 ")
          .contains("weir-reason: retries-exhausted\r\n");
      TestProxy.Seen seen = proxy.seen();
      assertThat(seen.attempts()).isEqualTo(3);
      assertThat(seen.reason()).isEqualTo(Reason.RETRIES_EXHAUSTED);
    }
  }

  @Test
  void countsTheAttemptAfterAStaleConnectionToo() throws Exception {
    AtomicInteger count = new AtomicInteger();
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readMessage();
              if (count.getAndIncrement() == 0) {
                peer.send(OK).readHead();
              }
            });
        TestProxy proxy = proxy(route(soon(2)), upstream.address())) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).endsWith("ok");
      assertThat(proxy.seen().attempts()).isEqualTo(1);
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).startsWith("HTTP/1.1 503 ");
      assertThat(proxy.seen().attempts()).isEqualTo(3);
    }
  }

  @Test
  void waitsForAnEndpointThatComesBack() throws Exception {
    ServerSocket server = new ServerSocket();
    InetSocketAddress endpoint = TestProxy.freeAddress();
    try (TestProxy proxy = proxy(route(policy(100, Duration.ofMillis(5))), endpoint);
        Peer client = Peer.connect(address)) {
      client.send("GET / HTTP/1.1|Host: h||");
      TestProxy.await("some failures", () -> snapshot(proxy).failures() > 2);
      server.bind(endpoint);
      try (Upstream upstream = Upstream.start(server, peer -> Upstream.answerAll(peer, "back"))) {
        assertThat(client.readMessage()).endsWith("\r\n\r\nback");
        assertThat(proxy.seen().attempts()).isGreaterThan(3);
        assertThat(upstream.connections()).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Balancing.class)
  void triesEachEndpointBeforeOneAgain(Balancing balancing) throws Exception {
    try (Upstream a = answering(UNAVAILABLE);
        Upstream b = answering(UNAVAILABLE);
        Upstream c = answering(UNAVAILABLE);
        Upstream good = answering(OK);
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(soon(3, 503)),
                    Plans.cluster(
                        "c",
                        balancing,
                        Limits.DEFAULTS,
                        a.address(),
                        b.address(),
                        c.address(),
                        good.address())))) {
      for (int i = 0; i < 20; i++) {
        assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).endsWith("\r\n\r\nok");
        assertThat(proxy.seen().attempts()).isLessThanOrEqualTo(4);
      }
    }
  }

  // --- bodies ----------------------------------------------------------------------------------

  @Test
  void sendsTheSameBodyAgain() throws Exception {
    try (Upstream upstream = answering(UNAVAILABLE, UNAVAILABLE, OK);
        TestProxy proxy = proxy(route(soon(2, 503)), upstream.address());
        Peer client = Peer.connect(address)) {
      String body = "0123456789abcdef".repeat(1024);
      client.send("PUT / HTTP/1.1|Host: h|Content-Length: " + body.length() + "||" + body);
      assertThat(client.readMessage()).endsWith("ok");
      client.send("PUT / HTTP/1.1|Host: h|Transfer-Encoding: chunked||2|he|3|llo|0||");
      assertThat(client.readMessage()).endsWith("ok");
      assertThat(requests).hasSize(4);
      for (int i = 0; i < 3; i++) {
        assertThat(requests.remove()).endsWith("\r\n\r\n" + body);
      }
      assertThat(proxy.seen().received()).isEqualTo(body.length());
    }
  }

  @Test
  void sendsABodyThatWasNotCompleteWhenTheFirstAttemptFailed() throws Exception {
    AtomicInteger count = new AtomicInteger();
    BlockingQueue<String> answered = new LinkedBlockingQueue<>();
    AtomicLong clock = new AtomicLong();
    try (Upstream upstream =
            Upstream.start(peer -> {
              if (count.getAndIncrement() == 0) {
                peer.readUntil("half");
                peer.send(UNAVAILABLE);
                answered.add("");
                peer.readAll();
              } else {
                requests.add(peer.readMessage());
                peer.send(OK).readHead();
              }
            });
        TestProxy proxy =
            proxy(clock::get, route(policy(1, Duration.ofSeconds(1), 503)), upstream.address());
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 9||half");
      assertThat(answered.poll(5, TimeUnit.SECONDS)).isNotNull();
      TestProxy.await("the attempt's end", () -> active(proxy) == 0);
      client.send("-done");
      clock.addAndGet(Duration.ofSeconds(3).toNanos());
      assertThat(client.readMessage()).endsWith("ok");
      assertThat(requests.remove()).endsWith("\r\n\r\nhalf-done");
    }
  }

  @Test
  void doesNotTryAgainWithABodyTooLargeToKeep() throws Exception {
    try (Upstream upstream = answering(UNAVAILABLE, OK);
        TestProxy proxy = proxy(route(soon(3, 503)), upstream.address());
        Peer client = Peer.connect(address)) {
      String body = "x".repeat(64 * 1024 + 1);
      client.send("PUT / HTTP/1.1|Host: h|Content-Length: " + body.length() + "||" + body);
      assertThat(client.readMessage()).startsWith("HTTP/1.1 503 ").endsWith("bad");
      assertThat(proxy.seen().attempts()).isEqualTo(1);
    }
  }

  // --- time ------------------------------------------------------------------------------------

  @Test
  void triesAnotherEndpointAfterTheTimeOfOneAttempt() throws Exception {
    AtomicInteger stuck = new AtomicInteger();
    try (Upstream slow =
            Upstream.start(peer -> {
              peer.readMessage();
              stuck.incrementAndGet();
              peer.ended();
            });
        Upstream quick = answering(OK);
        TestProxy proxy =
            proxy(
                route(soon(5), new Timeouts(0, Duration.ofMillis(300).toNanos())),
                slow.address(),
                quick.address())) {
      for (int i = 0; i < 4; i++) {
        assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).endsWith("ok");
      }
      assertThat(stuck.get()).isPositive().isEqualTo(slow.connections());
      assertThat(proxy.endpoint("c").active()).isZero();
    }
  }

  @Test
  void says504WhenTheLastAttemptTookTooLong() throws Exception {
    try (Upstream slow =
            Upstream.start(peer -> {
              peer.readMessage();
              peer.ended();
            });
        TestProxy proxy =
            proxy(
                route(soon(2), new Timeouts(0, Duration.ofMillis(20).toNanos())), slow.address())) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||"))
          .startsWith("HTTP/1.1 504 ")
          .contains("weir-reason: backend-request-timeout\r\n");
      assertThat(proxy.seen().attempts()).isEqualTo(3);
    }
  }

  @Test
  void pausesByTheClockAndWithinTheRequestTimeout() throws Exception {
    AtomicLong clock = new AtomicLong();
    try (Upstream upstream =
            Upstream.start(peer -> {
              while (true) {
                String request = peer.readMessage();
                requests.add(request);
                if (!request.contains("/stuck")) {
                  peer.send(requests.size() > 2 ? OK : UNAVAILABLE);
                }
              }
            });
        TestProxy proxy = TestProxy.start(1, UpstreamOptions.DEFAULTS, clock::get)) {
      long second = Duration.ofSeconds(1).toNanos();
      RoutePlan stuck = route(policy(1, Duration.ofHours(1)), new Timeouts(second * 9 / 10, 0));
      RoutePlan paused = route(policy(1, Duration.ofSeconds(1), 503));
      HttpPlan http =
          new HttpPlan(
              "test",
              request -> request.path().startsWith("/stuck") ? stuck : paused,
              HttpOptions.DEFAULTS);
      proxy.install(
          Plans.of(
              new TcpListenerPlan(
                  "test", List.of(address), ChainTable.of(new ChainPlan("test", null, http))),
              Plans.cluster("c", upstream.address())));

      try (Peer client = Peer.connect(address);
          Peer watch = Peer.connect(address)) {
        client.send("GET /paused HTTP/1.1|Host: h||");
        TestProxy.await("the first attempt", () -> requests.size() == 1 && active(proxy) == 0);
        watch.send("GET /stuck HTTP/1.1|Host: h||");
        TestProxy.await("the other request", () -> requests.size() == 2);
        clock.addAndGet(second * 95 / 100);
        // Its time was over, so the loop has looked at all deadlines.
        assertThat(watch.readMessage()).startsWith("HTTP/1.1 504 ");
        assertThat(requests).hasSize(2);
        clock.addAndGet(second * 2);
        assertThat(client.readMessage()).endsWith("ok");
        assertThat(requests).hasSize(3);
      }
    }
  }

  @Test
  void answers504WhenTheTimeOfTheExchangeIsOverDuringAPause() throws Exception {
    try (Upstream upstream = answering(UNAVAILABLE);
        TestProxy proxy =
            proxy(
                route(
                    policy(5, Duration.ofHours(1), 503),
                    new Timeouts(Duration.ofMillis(100).toNanos(), 0)),
                upstream.address())) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||"))
          .startsWith("HTTP/1.1 504 ")
          .contains("weir-reason: request-timeout\r\n");
      assertThat(proxy.seen().attempts()).isEqualTo(1);
    }
  }

  @Test
  void stopsWhenTheClientLeavesDuringAPause() throws Exception {
    AtomicLong clock = new AtomicLong();
    try (Upstream upstream = answering(UNAVAILABLE);
        TestProxy proxy =
            proxy(clock::get, route(policy(5, Duration.ofSeconds(1), 503)), upstream.address())) {
      try (Peer client = Peer.connect(address)) {
        client.send("POST / HTTP/1.1|Host: h|Content-Length: 3||abc");
        TestProxy.await("the first attempt", () -> requests.size() == 1 && active(proxy) == 0);
        client.abort();
      }
      TestProxy.Seen seen = proxy.seen();
      assertThat(seen.reason()).isEqualTo(Reason.DOWNSTREAM_RESET);
      assertThat(seen.attempts()).isEqualTo(1);
      clock.addAndGet(Duration.ofMinutes(1).toNanos());
      // Another exchange, most likely in the same object, is not disturbed.
      try (Peer client = Peer.connect(address)) {
        client.send("GET /second HTTP/1.1|Host: h||");
        TestProxy.await("its attempt", () -> requests.size() == 2 && active(proxy) == 0);
        clock.addAndGet(Duration.ofSeconds(3).toNanos());
        TestProxy.await("its second attempt", () -> requests.size() == 3);
      }
      assertThat(requests).filteredOn(request -> request.contains("/second")).hasSize(2);
    }
  }

  // --- budget ----------------------------------------------------------------------------------

  @Test
  void answers503WhenTheBackendsBudgetIsSpentByAllWorkersTogether() throws Exception {
    RetryBudget budget =
        new RetryBudget(0, Duration.ofMinutes(1).toNanos(), 3, Duration.ofMinutes(1).toNanos());
    try (Upstream upstream = answering(UNAVAILABLE);
        TestProxy proxy = TestProxy.start(2, UpstreamOptions.DEFAULTS)) {
      ClusterPlan cluster =
          Plans.cluster(
              "c", Balancing.ROUND_ROBIN, new Limits(0, 0, 0, budget), upstream.address());
      proxy.install(Plans.of(address, route(soon(1, 503)), cluster));
      int refused = 0;
      for (int i = 0; i < 20; i++) {
        String answer = Peer.ask(address, "POST / HTTP/1.1|Host: h|Content-Length: 3||abc");
        assertThat(answer).startsWith("HTTP/1.1 503 ");
        TestProxy.Seen seen = proxy.seen();
        if (answer.contains("weir-reason: retry-budget-spent\r\n")) {
          refused++;
          assertThat(seen.reason()).isEqualTo(Reason.RETRY_BUDGET_SPENT);
          assertThat(seen.attempts()).isEqualTo(1);
        } else {
          assertThat(answer).endsWith("bad");
          assertThat(seen.attempts()).isEqualTo(2);
        }
      }
      assertThat(refused).isEqualTo(17);
      assertThat(requests).hasSize(23);

      // A larger budget begins anew; none at all is no limit.
      proxy.install(
          Plans.of(
              address,
              route(soon(1, 503)),
              Plans.cluster(
                  "c",
                  Balancing.ROUND_ROBIN,
                  new Limits(0, 0, 0, new RetryBudget(0, budget.nanos(), 4, budget.minNanos())),
                  upstream.address())));
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).endsWith("bad");
      assertThat(proxy.seen().attempts()).isEqualTo(2);
      proxy.install(Plans.of(address, route(soon(1, 503)), Plans.cluster("c", upstream.address())));
      for (int i = 0; i < 6; i++) {
        assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).endsWith("bad");
      }
    }
  }

  @Test
  void theBudgetIsForBrokenConnectionsToo() throws Exception {
    RetryBudget budget = new RetryBudget(0, 1, 1, Duration.ofMinutes(1).toNanos());
    try (Upstream upstream = Upstream.start(Peer::readMessage);
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(soon(5)),
                    Plans.cluster(
                        "c",
                        Balancing.ROUND_ROBIN,
                        new Limits(0, 0, 0, budget),
                        upstream.address())))) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||"))
          .startsWith("HTTP/1.1 503 ")
          .contains("weir-reason: retry-budget-spent\r\n");
      assertThat(proxy.seen().attempts()).isEqualTo(2);
    }
  }

  @Test
  void retriesStayAShareOfTheAttemptsWhileTheBackendFails() throws Exception {
    RetryBudget budget =
        new RetryBudget(20, Duration.ofMinutes(10).toNanos(), 0, Duration.ofMinutes(10).toNanos());
    try (Upstream upstream = answering(UNAVAILABLE);
        TestProxy proxy = TestProxy.start(2, UpstreamOptions.DEFAULTS)) {
      proxy.install(
          Plans.of(
              address,
              route(soon(3, 503)),
              Plans.cluster(
                  "c", Balancing.ROUND_ROBIN, new Limits(0, 0, 0, budget), upstream.address())));
      for (int i = 0; i < 200; i++) {
        assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).startsWith("HTTP/1.1 503 ");
      }
      // A fifth of 250.
      assertThat(requests).hasSizeBetween(240, 250);
    }
  }

  // --- HTTP/2 ----------------------------------------------------------------------------------

  @Test
  void triesAgainOnARefusedStream() throws Exception {
    int refused = 7;
    try (Upstream upstream =
            Upstream.start(peer -> {
              Http2Script script = Http2Script.begin(peer);
              script.reset(script.readRequest(), refused);
              script.reset(script.readRequest(), refused);
              script.answer(script.readRequest());
              peer.ended();
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(
                        new RetryPolicy(
                            EnumSet.of(Condition.REFUSED_STREAM),
                            new BitSet(),
                            3,
                            Duration.ofMillis(1).toNanos(),
                            Duration.ofMillis(10).toNanos())),
                    http2(upstream.address())))) {
      assertThat(Peer.ask(address, "POST / HTTP/1.1|Host: h|Content-Length: 3||abc"))
          .startsWith("HTTP/1.1 200 ");
      assertThat(proxy.seen().attempts()).isEqualTo(3);
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  @Test
  void doesNotTryAgainOnAResetThatThePolicyLeavesOut() throws Exception {
    int internal = 2;
    try (Upstream upstream =
            Upstream.start(peer -> {
              Http2Script script = Http2Script.begin(peer);
              script.reset(script.readRequest(), internal);
              peer.ended();
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(
                        new RetryPolicy(
                            EnumSet.of(Condition.REFUSED_STREAM, Condition.CONNECT_FAILURE),
                            new BitSet(),
                            3,
                            1,
                            1)),
                    http2(upstream.address())))) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).startsWith("HTTP/1.1 502 ");
      assertThat(proxy.seen().attempts()).isEqualTo(1);
    }
  }

  private static ClusterPlan http2(SocketAddress endpoint) {
    return new ClusterPlan(
        "c",
        UpstreamProtocol.HTTP_2,
        null,
        Plans.CONNECT_NANOS,
        Balancing.ROUND_ROBIN,
        Limits.DEFAULTS,
        List.of(new EndpointPlan(endpoint, 1, 0, "")));
  }

  // --- helpers ---------------------------------------------------------------------------------

  private TestProxy proxy(Ticker ticker, RoutePlan route, SocketAddress... endpoints)
      throws Exception {
    return TestProxy.start(Plans.of(address, route, Plans.cluster("c", endpoints)), ticker);
  }

  private static int active(TestProxy proxy) {
    return snapshot(proxy).active();
  }

  private static dev.weir.proxy.upstream.EndpointSnapshot snapshot(TestProxy proxy) {
    try {
      return proxy.endpoint("c");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
