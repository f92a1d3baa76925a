package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.proxy.observe.MirrorResult;
import dev.weir.proxy.plan.Action.Mirror;
import dev.weir.proxy.plan.Action.Timeouts;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.ClusterPlan.Balancing;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Copies of requests for mirrors, and that the exchange does not notice them. */
@ExtendWith(NoLeaks.class)
class MirrorTest {
  private static final String OK = "HTTP/1.1 200 OK|Content-Length: 4||main";
  private static final Timeouts UNLIMITED = new Timeouts(0, 0);
  private static final Timeouts SHORT = new Timeouts(TimeUnit.MILLISECONDS.toNanos(300), 0);

  private final InetSocketAddress address = TestProxy.freeAddress();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> copies = new LinkedBlockingQueue<>();

  private static Upstream recording(BlockingQueue<String> seen, String response)
      throws IOException {
    return Upstream.start(peer -> {
      while (true) {
        seen.add(peer.readMessage());
        peer.send(response);
      }
    });
  }

  private Upstream backend() throws IOException {
    return recording(requests, OK);
  }

  private Upstream mirror() throws IOException {
    return recording(copies, "HTTP/1.1 500 Oh|Content-Length: 6||mirror");
  }

  private TestProxy proxy(Upstream main, Upstream mirror) throws Exception {
    return proxy(UNLIMITED, main, mirror);
  }

  private TestProxy proxy(Timeouts timeouts, Upstream main, Upstream mirror) throws Exception {
    return proxy(timeouts, cluster("main", main), cluster("mirror", mirror));
  }

  /** One route to {@code main}, with copies for {@code mirror}. */
  private TestProxy proxy(Timeouts timeouts, ClusterPlan... clusters) throws Exception {
    return TestProxy.start(
        Plans.of(address, Plans.mirrored(timeouts, "main", Plans.mirror("mirror")), clusters));
  }

  private static ClusterPlan cluster(String name, Upstream endpoint) {
    return Plans.cluster(name, endpoint.address());
  }

  private static ClusterPlan limited(Upstream mirror, Limits limits) {
    return Plans.cluster("mirror", Balancing.ROUND_ROBIN, limits, mirror.address());
  }

  private static String next(BlockingQueue<String> queue) throws InterruptedException {
    String next = queue.poll(10, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  // --- what is sent ------------------------------------------------------------------------------

  @Test
  void sendsTheSameRequestAndDropsTheAnswer() throws Exception {
    try (Upstream main = backend();
        Upstream mirror = mirror();
        TestProxy proxy = proxy(main, mirror)) {
      String answer = Peer.ask(address, "GET /a?b=c HTTP/1.1|Host: shop.test:81|X-A: b||");

      assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\nmain");
      String copy = next(copies);
      assertThat(sorted(copy)).isEqualTo(sorted(next(requests)));
      assertThat(copy).contains("Host: shop.test:81\r\n").contains("X-A: b\r\n");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
      TestProxy.Seen seen = proxy.seen();
      assertThat(seen.cluster()).isEqualTo("main");
      assertThat(seen.attempts()).isEqualTo(1);
      assertThat(seen.sent()).isEqualTo(4);
      assertThat(proxy.completed).isEmpty();
      assertThat(proxy.endpoint("mirror").requests()).isEqualTo(1);
      assertThat(proxy.endpoint("mirror").active()).isZero();
    }
  }

  private static String sorted(String head) {
    return String.join("\n", head.toLowerCase(Locale.ROOT).lines().sorted().toList());
  }

  @Test
  void appendsTheSuffixToTheHostIfAskedTo() throws Exception {
    try (Upstream main = backend();
        Upstream mirror = mirror();
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    Plans.mirrored(UNLIMITED, "main", new Mirror("mirror", 1, 1, true)),
                    cluster("main", main),
                    cluster("mirror", mirror)))) {
      Peer.ask(address, "GET / HTTP/1.1|Host: shop.test:81||");
      Peer.ask(address, "GET / HTTP/1.1|Host: [::1]:81||");

      assertThat(next(copies)).contains("Host: shop.test-shadow:81\r\n");
      assertThat(next(copies)).contains("Host: [::1]:81\r\n");
      assertThat(next(requests)).contains("Host: shop.test:81\r\n");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
    }
  }

  @Test
  void sendsBodiesOfEachFramingAndTrailers() throws Exception {
    try (Upstream main = backend();
        Upstream mirror = mirror();
        TestProxy proxy = proxy(main, mirror);
        Peer client = Peer.connect(address)) {
      client.send("POST /1 HTTP/1.1|Host: h|Content-Length: 5||hello").readMessage();
      assertThat(next(copies)).contains("Content-Length: 5\r\n").endsWith("\r\n\r\nhello");
      client.send("POST /2 HTTP/1.1|Host: h|Transfer-Encoding: chunked||2|he|3|llo|0||");
      client.readMessage();
      assertThat(next(copies)).contains("Transfer-Encoding: chunked").contains("he", "llo");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
    }
    try (Upstream main = Upstream.start(MirrorTest::answerAfterTrailers);
        Upstream mirror =
            Upstream.start(peer -> {
              copies.add(peer.readUntil("\r\nx-sum: 7\r\n\r\n"));
              peer.send("HTTP/1.1 204 No Content||");
            });
        TestProxy proxy = proxy(main, mirror)) {
      Peer.ask(address, "POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked||2|he|0|x-sum: 7||");
      assertThat(next(copies)).contains("he\r\n0\r\nx-sum: 7\r\n\r\n");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
    }
  }

  private static void answerAfterTrailers(Peer peer) throws IOException {
    peer.readUntil("\r\nx-sum: 7\r\n\r\n");
    peer.send(OK);
  }

  @Test
  void doesNotAskTheMirrorWhetherItWantsTheBody() throws Exception {
    try (Upstream main =
            Upstream.start(peer -> {
              requests.add(peer.readHead());
              peer.send("HTTP/1.1 100 Continue||");
              peer.read(2);
              peer.send(OK);
            });
        Upstream mirror = mirror();
        TestProxy proxy = proxy(main, mirror);
        Peer client = Peer.connect(address)) {
      client.send("PUT / HTTP/1.1|Host: h|Expect: 100-continue|Content-Length: 2||");
      assertThat(client.readHead()).startsWith("HTTP/1.1 100 ");
      assertThat(client.send("ok").readMessage()).endsWith("main");
      assertThat(next(requests).toLowerCase(Locale.ROOT)).contains("expect: 100-continue");
      assertThat(next(copies).toLowerCase(Locale.ROOT)).doesNotContain("expect").endsWith("ok");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
    }
  }

  @Test
  void sendsToSeveralMirrors() throws Exception {
    BlockingQueue<String> others = new LinkedBlockingQueue<>();
    try (Upstream main = backend();
        Upstream mirror = mirror();
        Upstream second = recording(others, "HTTP/1.1 404 No|Content-Length: 0||");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    Plans.mirrored(
                        UNLIMITED,
                        "main",
                        Plans.mirror("mirror"),
                        new Mirror("never", 0, 100, false),
                        Plans.mirror("second")),
                    cluster("main", main),
                    cluster("mirror", mirror),
                    cluster("second", second)))) {
      Peer.ask(address, "POST / HTTP/1.1|Host: h|Content-Length: 5||hello");
      assertThat(next(copies)).endsWith("hello");
      assertThat(next(others)).endsWith("hello");
      assertThat(next(requests)).endsWith("hello");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
      assertThat(proxy.mirrored).isEmpty();
    }
  }

  @Test
  void sendsLargeBodiesUnchanged() throws Exception {
    int size = 8 * 1024 * 1024;
    int piece = 64 * 1024;
    byte[] body = new byte[size];
    new Random(7).nextBytes(body);
    String text = new String(body, StandardCharsets.ISO_8859_1);
    // The client sends no more than the mirror has taken, so that the mirror can keep up.
    Semaphore taken = new Semaphore(0);
    try (Upstream main =
            Upstream.start(peer -> {
              requests.add(peer.readHead() + peer.read(size));
              peer.send(OK);
            });
        Upstream mirror =
            Upstream.start(peer -> {
              StringBuilder all = new StringBuilder(peer.readHead());
              for (int left = size; left > 0; left -= piece) {
                all.append(peer.read(piece));
                taken.release();
              }
              copies.add(all.toString());
              peer.send("HTTP/1.1 200 OK|Content-Length: 0||");
            });
        TestProxy proxy = proxy(main, mirror);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: " + size + "||");
      for (int at = 0; at < size; at += piece) {
        client.send(Arrays.copyOfRange(body, at, at + piece));
        assertThat(taken.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(client.readMessage()).endsWith("main");
      assertThat(next(requests).endsWith(text)).isTrue();
      assertThat(next(copies).endsWith(text)).isTrue();
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
    }
  }

  @Test
  void sendsNoCopyOfAnUpgrade() throws Exception {
    try (Upstream main =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 101 Switching Protocols|Connection: upgrade|Upgrade: echo||");
              peer.send(peer.read(3));
            });
        Upstream mirror = mirror();
        TestProxy proxy = proxy(main, mirror);
        Peer client = Peer.connect(address)) {
      client.send("GET / HTTP/1.1|Host: h|Connection: upgrade|Upgrade: echo||");
      assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
      assertThat(client.send("abc").read(3)).isEqualTo("abc");
      client.end();
      proxy.seen();
      assertThat(mirror.connections()).isZero();
      assertThat(proxy.mirrored).isEmpty();
    }
  }

  @Test
  void triesAgainWhereAPooledConnectionWasClosed() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    try (Upstream main = backend();
        Upstream mirror =
            Upstream.start(peer -> {
              copies.add(peer.readMessage());
              peer.send("HTTP/1.1 200 OK|Content-Length: 0||");
              // The next request on this connection gets no answer.
              peer.readMessage();
              peer.close();
              closed.countDown();
            });
        TestProxy proxy = proxy(main, mirror)) {
      Peer.ask(address, "GET /1 HTTP/1.1|Host: h||");
      assertThat(next(copies)).startsWith("GET /1 ");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
      Peer.ask(address, "GET /2 HTTP/1.1|Host: h||");
      assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(next(copies)).startsWith("GET /2 ");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
    }
  }

  // --- mirrors that misbehave --------------------------------------------------------------------

  @Test
  void aMirrorThatDoesNotAnswerIsGivenUpInTime() throws Exception {
    try (Upstream main = backend();
        Upstream mirror =
            Upstream.start(peer -> {
              copies.add(peer.readMessage());
              assertThat(peer.ended()).isTrue();
              copies.add("closed");
            });
        TestProxy proxy = proxy(SHORT, main, mirror)) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).endsWith("main");
      assertThat(proxy.seen().reason()).isNull();
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.TIMED_OUT);
      next(copies);
      assertThat(next(copies)).isEqualTo("closed");
      assertThat(proxy.endpoint("mirror").active()).isZero();
    }
  }

  @Test
  void aMirrorThatTakesNothingIsDroppedAndTheBodyGoesOn() throws Exception {
    int size = 32 * 1024 * 1024;
    CountDownLatch done = new CountDownLatch(1);
    try (Upstream main =
            Upstream.start(peer -> {
              peer.readHead();
              peer.skip(size);
              peer.send(OK);
            });
        Upstream mirror = Upstream.start(peer -> done.await());
        TestProxy proxy = proxy(main, mirror);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: " + size + "||").send(new byte[size]);
      assertThat(client.readMessage()).endsWith("main");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.DROPPED);
      TestProxy.Seen seen = proxy.seen();
      assertThat(seen.received()).isEqualTo(size);
      assertThat(seen.reason()).isNull();
      assertThat(proxy.endpoint("mirror").active()).isZero();
      done.countDown();
    }
  }

  @Test
  void aMirrorThatResetsIsCountedAndNoticedByNobody() throws Exception {
    try (Upstream main = backend();
        Upstream mirror =
            Upstream.start(peer -> {
              peer.readHead();
              peer.abort();
            });
        TestProxy proxy = proxy(main, mirror);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 10||hello");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.FAILED);
      assertThat(client.send("world").readMessage()).endsWith("main");
      assertThat(next(requests)).endsWith("helloworld");
      assertThat(proxy.seen().reason()).isNull();
    }
  }

  @Test
  void aMirrorThatCannotBeReachedIsCounted() throws Exception {
    try (Upstream main = backend();
        TestProxy proxy =
            proxy(
                UNLIMITED,
                cluster("main", main),
                Plans.cluster("mirror", TestProxy.freeAddress()))) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).endsWith("main");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.FAILED);
      assertThat(Peer.ask(address, "POST / HTTP/1.1|Host: h|Content-Length: 5||hello"))
          .endsWith("main");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.FAILED);
    }
  }

  @Test
  void aMirrorWithoutClusterIsCounted() throws Exception {
    try (Upstream main = backend();
        TestProxy proxy = proxy(UNLIMITED, cluster("main", main))) {
      assertThat(Peer.ask(address, "POST / HTTP/1.1|Host: h|Content-Length: 5||hello"))
          .endsWith("main");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.FAILED);
    }
  }

  @Test
  void aMirrorThatAnswersBeforeTheBodyEndsIsDone() throws Exception {
    try (Upstream main = backend();
        Upstream mirror =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 413 Too Large|Content-Length: 0||");
            });
        TestProxy proxy = proxy(main, mirror);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 10||hello");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
      assertThat(client.send("world").readMessage()).endsWith("main");
    }
  }

  @Test
  void anEndlessAnswerEndsWithTheTime() throws Exception {
    try (Upstream main = backend();
        Upstream mirror =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 200 OK||");
              while (true) {
                peer.send(new byte[16 * 1024]);
              }
            });
        TestProxy proxy = proxy(SHORT, main, mirror)) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).endsWith("main");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.TIMED_OUT);
      assertThat(proxy.seen().sent()).isEqualTo(4);
    }
  }

  // --- limits ------------------------------------------------------------------------------------

  @Test
  void theLimitsOfTheMirrorsClusterCount() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (Upstream main = backend();
        Upstream mirror =
            Upstream.start(peer -> {
              copies.add(peer.readMessage());
              answer.await();
              peer.send("HTTP/1.1 200 OK|Content-Length: 0||");
            });
        TestProxy proxy =
            proxy(UNLIMITED, cluster("main", main), limited(mirror, new Limits(0, 0, 1)))) {
      assertThat(Peer.ask(address, "GET /1 HTTP/1.1|Host: h||")).endsWith("main");
      next(copies);
      assertThat(Peer.ask(address, "GET /2 HTTP/1.1|Host: h||")).endsWith("main");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.FAILED);
      answer.countDown();
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
    }
  }

  @Test
  void moreThanAWorkerHasRoomForAreNotSent() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (Upstream main = Upstream.answering("main");
        Upstream mirror = Upstream.start(peer -> end.await());
        TestProxy proxy =
            proxy(UNLIMITED, cluster("main", main), limited(mirror, new Limits(1, 0, 0)));
        Peer client = Peer.connect(address)) {
      for (int i = 0; i < 1024 + 3; i++) {
        assertThat(client.send("GET / HTTP/1.1|Host: h||").readMessage()).endsWith("main");
      }
      for (int i = 0; i < 3; i++) {
        assertThat(proxy.mirrored()).isEqualTo(MirrorResult.DROPPED);
      }
      assertThat(proxy.mirrored).isEmpty();
      assertThat(proxy.endpoint("mirror").active()).isEqualTo(1024);
      end.countDown();
    }
  }

  // --- ends of the exchange ----------------------------------------------------------------------

  @Test
  void aClientThatGoesAwayWithinTheBodyTakesTheCopyAlong() throws Exception {
    try (Upstream main = backend();
        Upstream mirror =
            Upstream.start(peer -> {
              copies.add(peer.readUntil("hello"));
              assertThat(peer.ended()).isTrue();
              copies.add("closed");
            });
        TestProxy proxy = proxy(main, mirror);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 10||hello");
      next(copies);
      client.abort();
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.DROPPED);
      assertThat(next(copies)).isEqualTo("closed");
      assertThat(proxy.endpoint("mirror").active()).isZero();
    }
  }

  @Test
  void aWholeCopyOutlivesItsClient() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    try (Upstream main =
            Upstream.start(peer -> {
              requests.add(peer.readMessage());
              assertThat(peer.ended()).isTrue();
            });
        Upstream mirror =
            Upstream.start(peer -> {
              copies.add(peer.readMessage());
              gone.await();
              peer.send("HTTP/1.1 200 OK|Content-Length: 2||ok");
            });
        TestProxy proxy = proxy(main, mirror);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 5||hello");
      assertThat(next(copies)).endsWith("hello");
      next(requests);
      client.abort();
      proxy.seen();
      gone.countDown();
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
    }
  }

  @Test
  void anEarlyAnswerEndsTheCopyToo() throws Exception {
    try (Upstream main =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 401 No|Content-Length: 0||");
            });
        Upstream mirror =
            Upstream.start(peer -> {
              peer.readHead();
              assertThat(peer.ended()).isTrue();
            });
        TestProxy proxy = proxy(main, mirror);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 10||");
      assertThat(client.readMessage()).startsWith("HTTP/1.1 401 ");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.DROPPED);
    }
  }

  @Test
  void aBackendWithoutEndpointsDoesNotKeepTheCopyBack() throws Exception {
    try (Upstream mirror = mirror();
        TestProxy proxy = proxy(UNLIMITED, Plans.cluster("main"), cluster("mirror", mirror))) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).startsWith("HTTP/1.1 503 ");
      assertThat(next(copies)).startsWith("GET / ");
      assertThat(proxy.mirrored()).isEqualTo(MirrorResult.ANSWERED);
    }
  }

  @Test
  void closingTheProxyLeavesNothingBehind() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (Upstream main = backend();
        Upstream mirror =
            Upstream.start(peer -> {
              copies.add(peer.readHead());
              end.await();
            })) {
      try (TestProxy proxy = proxy(main, mirror)) {
        Peer.ask(address, "POST / HTTP/1.1|Host: h|Content-Length: 5||hello");
        next(copies);
        assertThat(proxy.endpoint("mirror").active()).isEqualTo(1);
      }
      end.countDown();
    } catch (SocketException closed) {
      // The mirror's end of a connection that the proxy closed.
    }
  }
}
