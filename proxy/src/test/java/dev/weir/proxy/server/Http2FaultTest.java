package dev.weir.proxy.server;

import static dev.weir.proxy.http.h2.RawPeer.ACK;
import static dev.weir.proxy.http.h2.RawPeer.DATA;
import static dev.weir.proxy.http.h2.RawPeer.END_STREAM;
import static dev.weir.proxy.http.h2.RawPeer.GOAWAY;
import static dev.weir.proxy.http.h2.RawPeer.HEADERS;
import static dev.weir.proxy.http.h2.RawPeer.RST_STREAM;
import static dev.weir.proxy.http.h2.RawPeer.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Reason;
import dev.weir.proxy.http.h2.RawPeer;
import dev.weir.proxy.http.h2.RawPeer.Frame;
import dev.weir.proxy.plan.Action.Timeouts;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.ClusterPlan.Balancing;
import dev.weir.proxy.plan.ClusterPlan.EndpointPlan;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.ClusterPlan.UpstreamProtocol;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams that are reset and connections that are lost, on either side, while exchanges run over
 * HTTP/2: the other streams go on, and nothing is left behind.
 */
@ExtendWith(NoLeaks.class)
class Http2FaultTest {
  private static final int NO_ERROR = 0;
  private static final int INTERNAL_ERROR = 2;
  private static final int CANCEL = 8;

  private final InetSocketAddress address = TestProxy.freeAddress();
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

  private TestProxy proxy(Upstream upstream) throws Exception {
    return TestProxy.start(
        Plans.of(address, Plans.to("c"), Plans.cluster("c", upstream.address())));
  }

  private static ClusterPlan http2(InetSocketAddress endpoint) {
    return new ClusterPlan(
        "c",
        UpstreamProtocol.HTTP_2,
        null,
        Plans.CONNECT_NANOS,
        Balancing.ROUND_ROBIN,
        Limits.DEFAULTS,
        List.of(new EndpointPlan(endpoint, 1, 0, "")));
  }

  private RawPeer client() throws IOException {
    return new RawPeer(address.getPort()).greet();
  }

  private String next() throws InterruptedException {
    String what = seen.poll(10, TimeUnit.SECONDS);
    return what == null ? "nothing" : what;
  }

  private void awaitEnd(Peer peer) {
    try {
      peer.readAll();
    } catch (IOException reset) {
      // As good an end as the other.
    }
    seen.add("end");
  }

  private static void assertNothingRuns(TestProxy proxy) throws Exception {
    TestProxy.await(
        "the end of everything",
        () ->
            proxy.snapshot().getFirst().exchanges() == 0
                && proxy.endpoint("c").active() == 0
                && proxy.endpoint("c").pending() == 0);
  }

  private static String status(RawPeer client, Frame frame) throws Exception {
    Http2Headers fields = client.decode(frame);
    return fields.status() + " " + fields.get("weir-reason");
  }

  // --- clients -----------------------------------------------------------------------------------

  @Test
  void aResetStreamEndsItsAttemptAndNoOther() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (Upstream upstream =
            Upstream.start(peer -> {
              if (peer.readHead().startsWith("GET /waits ")) {
                seen.add("waiting");
                answer.await();
                peer.send("HTTP/1.1 200 OK|Content-Length: 2||ok").readHead();
              } else {
                seen.add("asked");
                awaitEnd(peer);
              }
            });
        TestProxy proxy = proxy(upstream);
        RawPeer client = client()) {
      client.request(1, END_STREAM, "GET", "/waits");
      assertThat(next()).isEqualTo("waiting");
      client.request(3, END_STREAM, "GET", "/reset");
      assertThat(next()).isEqualTo("asked");
      client.frame(RST_STREAM, 0, 3, RawPeer.ints(CANCEL));
      assertThat(next()).isEqualTo("end");
      assertThat(proxy.seen().reason()).isEqualTo(Reason.DOWNSTREAM_RESET);
      answer.countDown();
      assertThat(status(client, client.await(HEADERS, 1))).isEqualTo("200 null");
      assertNothingRuns(proxy);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 100_000})
  void anUploadThatIsResetIsNeverAWholeOne(int size) throws Exception {
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
              seen.add(got.endsWith("0\r\n\r\n") ? "whole" : "broken");
            });
        TestProxy proxy = proxy(upstream);
        RawPeer client = client()) {
      // Until then a stream may send no more than 65,535 bytes ahead of what is passed on.
      client.await(SETTINGS, 0);
      client.frame(SETTINGS, ACK, 0);
      client.request(1, 0, "POST", "/");
      for (int left = size; left > 0; left -= 10_000) {
        client.frame(DATA, 0, 1, new byte[Math.min(left, 10_000)]);
      }
      assertThat(next()).isEqualTo("asked");
      client.frame(RST_STREAM, 0, 1, RawPeer.ints(CANCEL));
      assertThat(next()).isEqualTo("broken");
      assertThat(proxy.seen().reason()).isEqualTo(Reason.DOWNSTREAM_RESET);
      assertThat(client.alive()).isTrue();
      assertNothingRuns(proxy);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLostConnectionEndsAllItsAttempts(boolean reset) throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              String head = peer.readHead();
              if (head.contains("/streams")) {
                peer.send("HTTP/1.1 200 OK|Transfer-Encoding: chunked||4|some|");
              }
              seen.add("asked");
              awaitEnd(peer);
            });
        TestProxy proxy = proxy(upstream)) {
      RawPeer client = client();
      for (int i = 0; i < 10; i++) {
        int stream = 2 * i + 1;
        switch (i % 3) {
          case 0 -> client.request(stream, END_STREAM, "GET", "/waits");
          case 1 -> client.request(stream, END_STREAM, "GET", "/streams");
          default ->
              client.request(stream, 0, "POST", "/uploads").frame(DATA, 0, stream, new byte[5]);
        }
      }
      for (int i = 0; i < 10; i++) {
        assertThat(next()).isEqualTo("asked");
      }
      if (reset) {
        client.cut();
      } else {
        client.close();
      }
      for (int i = 0; i < 10; i++) {
        assertThat(next()).isEqualTo("end");
      }
      for (int i = 0; i < 10; i++) {
        assertThat(proxy.seen().reason()).isEqualTo(Reason.DOWNSTREAM_RESET);
      }
      assertNothingRuns(proxy);
    }
  }

  @Test
  void aResponseToAClientThatTakesNothingWaitsInTheBackend() throws Exception {
    AtomicLong sent = new AtomicLong();
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 200 OK|Content-Length: 100000000||");
              byte[] piece = new byte[65536];
              try {
                while (sent.addAndGet(piece.length) < 100_000_000) {
                  peer.send(piece);
                }
              } catch (IOException broken) {
                seen.add("end");
              }
            });
        TestProxy proxy = proxy(upstream);
        RawPeer client = client()) {
      // The window is 64 kB and never gets larger.
      client.request(1, END_STREAM, "GET", "/");
      long got = 0;
      while (got < 65_535) {
        got += client.await(DATA, 1).payload().remaining();
      }
      assertThat(client.alive()).isTrue();
      client.frame(RST_STREAM, 0, 1, RawPeer.ints(CANCEL));
      assertThat(next()).isEqualTo("end");
      assertThat(sent.get()).isLessThan(20_000_000);
      assertNothingRuns(proxy);
    }
  }

  // --- backends of HTTP/1 behind clients of HTTP/2 -----------------------------------------------

  @Test
  void halfAResponseIsAResetStreamAndTheConnectionGoesOn() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              String head = peer.readHead();
              if (head.startsWith("GET /half ")) {
                peer.send("HTTP/1.1 200 OK|Content-Length: 10||half");
              } else {
                peer.send("HTTP/1.1 200 OK|Content-Length: 2||ok").readHead();
              }
            });
        TestProxy proxy = proxy(upstream);
        RawPeer client = client()) {
      client.request(1, END_STREAM, "GET", "/half");
      assertThat(status(client, client.await(HEADERS, 1))).isEqualTo("200 null");
      assertThat(client.await(RST_STREAM, 1).code()).isEqualTo(INTERNAL_ERROR);
      assertThat(proxy.seen().reason()).isEqualTo(Reason.UPSTREAM_RESET);
      client.request(3, END_STREAM, "GET", "/whole");
      assertThat(status(client, client.await(HEADERS, 3))).isEqualTo("200 null");
      assertThat(client.await(Frame::endStream).stream()).isEqualTo(3);
      assertNothingRuns(proxy);
    }
  }

  @Test
  void anEarlyAnswerEndsTheUpload() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 401 Unauthorized|Content-Length: 0||");
              awaitEnd(peer);
            });
        TestProxy proxy = proxy(upstream);
        RawPeer client = client()) {
      client.request(1, 0, "POST", "/").frame(DATA, 0, 1, new byte[100]);
      Frame head = client.await(HEADERS, 1);
      assertThat(head.endStream()).isTrue();
      assertThat(status(client, head)).isEqualTo("401 null");
      // The rest of the request is not wanted.
      assertThat(client.await(RST_STREAM, 1).code()).isEqualTo(NO_ERROR);
      assertThat(next()).isEqualTo("end");
      assertThat(client.alive()).isTrue();
      assertNothingRuns(proxy);
    }
  }

  @Test
  void aTimeoutAnswersOneStream() throws Exception {
    AtomicLong clock = new AtomicLong();
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              seen.add("asked");
              awaitEnd(peer);
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    Plans.route(
                        Plans.forward(new Timeouts(Duration.ofSeconds(20).toNanos(), 0), "c")),
                    Plans.cluster("c", upstream.address())),
                clock::get);
        RawPeer client = client()) {
      client.request(1, END_STREAM, "GET", "/");
      assertThat(next()).isEqualTo("asked");
      clock.addAndGet(Duration.ofSeconds(21).toNanos());
      assertThat(status(client, client.await(HEADERS, 1))).isEqualTo("504 request-timeout");
      assertThat(next()).isEqualTo("end");
      assertThat(client.alive()).isTrue();
      assertNothingRuns(proxy);
    }
  }

  // --- backends of HTTP/2 ------------------------------------------------------------------------

  @Test
  void aConnectionLostBehindSeveralExchangesFailsEachOnce() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              Http2Script script = Http2Script.begin(peer);
              for (int i = 0; i < 5; i++) {
                script.readRequest();
              }
            });
        TestProxy proxy =
            TestProxy.start(Plans.of(address, Plans.to("c"), http2(upstream.address())));
        RawPeer client = client()) {
      for (int i = 0; i < 5; i++) {
        client.request(2 * i + 1, END_STREAM, "POST", "/");
      }
      for (int i = 0; i < 5; i++) {
        assertThat(status(client, client.await(frame -> frame.type() == HEADERS)))
            .isEqualTo("502 upstream-reset");
        assertThat(proxy.seen().reason()).isEqualTo(Reason.UPSTREAM_RESET);
      }
      assertNothingRuns(proxy);
    }
  }

  @Test
  void aStreamThatTheBackendResetsFailsOneExchange() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              Http2Script script = Http2Script.begin(peer);
              int first = script.readRequest();
              int second = script.readRequest();
              script.reset(first, INTERNAL_ERROR);
              script.answer(second);
              awaitEnd(peer);
            });
        TestProxy proxy =
            TestProxy.start(Plans.of(address, Plans.to("c"), http2(upstream.address())));
        RawPeer client = client()) {
      client.request(1, END_STREAM, "POST", "/1");
      client.request(3, END_STREAM, "POST", "/2");
      String one = status(client, client.await(frame -> frame.type() == HEADERS));
      String other = status(client, client.await(frame -> frame.type() == HEADERS));
      assertThat(List.of(one, other)).containsExactlyInAnyOrder("502 upstream-reset", "200 null");
      assertThat(upstream.connections()).isEqualTo(1);
      assertNothingRuns(proxy);
    }
  }

  // --- the end -----------------------------------------------------------------------------------

  @Test
  void drainingSaysGoodbyeAndLetsStreamsFinish() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readHead();
              seen.add("asked");
              answer.await();
              peer.send("HTTP/1.1 200 OK|Content-Length: 2||ok");
            });
        TestProxy proxy = proxy(upstream);
        RawPeer client = client()) {
      client.request(1, END_STREAM, "GET", "/");
      assertThat(next()).isEqualTo("asked");
      var drained = proxy.proxy().drain(Duration.ofSeconds(20)).toCompletableFuture();
      Frame goodbye = client.await(GOAWAY, 0);
      assertThat(goodbye.code()).isEqualTo(NO_ERROR);
      assertThat(drained).isNotDone();
      answer.countDown();
      assertThat(status(client, client.await(HEADERS, 1))).isEqualTo("200 null");
      client.awaitEnd();
      drained.get(10, TimeUnit.SECONDS);
    }
  }
}
