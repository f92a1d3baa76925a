package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.filter.Call;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.plan.Action.Timeouts;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.plan.RoutePlan;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Filters that ask a service before a request may go on, and those that see its body first. */
@ExtendWith(NoLeaks.class)
class CallTest {
  private static final String OK = "HTTP/1.1 200 OK|Content-Length: 2||ok";
  private static final String YES = "HTTP/1.1 200 OK|X-User: ann|Content-Length: 3||yes";
  private static final HeaderName X_USER = HeaderName.of("x-user");
  private static final HeaderName X_SEEN = HeaderName.of("x-seen");

  private final InetSocketAddress address = TestProxy.freeAddress();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> questions = new LinkedBlockingQueue<>();

  /** Asks {@code auth}: 200 lets the request go on with the user that the answer names. */
  private static final class Asking implements HttpFilter, Call.Receiver {
    static final long NANOS = TimeUnit.SECONDS.toNanos(5);

    private final FilterExchange exchange;
    private final long nanos;

    /** Bytes of the body that are shown; -1: the body stays out of it. */
    private final int shown;

    Asking(FilterExchange exchange, long nanos, int shown) {
      this.exchange = exchange;
      this.nanos = nanos;
      this.shown = shown;
    }

    static CompiledFilter filter(long nanos, int shown) {
      return exchange -> new Asking(exchange, nanos, shown);
    }

    @Override
    public Step requestHead(RequestHead head, boolean last) {
      return shown < 0 ? ask(new byte[0]) : new Step.Collect(shown);
    }

    @Override
    public Step requestCollected(ByteBuf body, boolean whole) {
      exchange.request().fields().add(X_SEEN, body.readableBytes() + (whole ? " whole" : " part"));
      byte[] content = new byte[body.readableBytes()];
      body.getBytes(body.readerIndex(), content);
      return ask(content);
    }

    private Step ask(byte[] content) {
      RequestHead head = new RequestHead(new Fields(64));
      head.method(bytes("POST"));
      head.authority(bytes("auth"));
      head.target(bytes("/check"));
      head.fields().add(HeaderName.CONTENT_LENGTH, Integer.toString(content.length));
      exchange.call(new Call("auth", head, content, nanos, 1000), this);
      return Step.HOLD;
    }

    @Override
    public void answered(ResponseHead head, ByteBuf body, @Nullable Fields trailers) {
      String text = body.toString(StandardCharsets.US_ASCII);
      if (text.equals("bug")) {
        throw new IllegalStateException("as expected by the test");
      }
      String user = head.fields().first(X_USER);
      if (head.status() == 200 && user != null) {
        exchange.request().fields().set(X_USER, user);
        exchange.resume();
        return;
      }
      Fields fields = new Fields(64);
      fields.add(HeaderName.LOCATION, "/login");
      exchange.reply(new Step.Reply(head.status(), Reason.FILTER_REPLY, fields, bytes(text)));
    }

    @Override
    public void failed(Failure failure) {
      exchange.reply(new Step.Reply(503, failure.reason(), null, new byte[0]));
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }
  }

  private static Upstream recording(BlockingQueue<String> seen, String response)
      throws IOException {
    return Upstream.start(peer -> {
      while (true) {
        seen.add(peer.readMessage());
        peer.send(response);
      }
    });
  }

  private Upstream main() throws IOException {
    return recording(requests, OK);
  }

  private Upstream auth(String answer) throws IOException {
    return recording(questions, answer);
  }

  private Plan plan(Upstream main, InetSocketAddress auth, CompiledFilter... filters) {
    return Plans.of(
        address,
        Plans.to("main", filters),
        Plans.cluster("main", main.address()),
        Plans.cluster("auth", auth));
  }

  private TestProxy proxy(Upstream main, Upstream auth, int shown) throws Exception {
    return TestProxy.start(plan(main, auth.address(), Asking.filter(Asking.NANOS, shown)));
  }

  private static String next(BlockingQueue<String> queue) throws InterruptedException {
    String next = queue.poll(10, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  // --- answers -----------------------------------------------------------------------------------

  @Test
  void letsARequestGoOnWithWhatTheAnswerSays() throws Exception {
    try (Upstream main = main();
        Upstream auth = auth(YES);
        TestProxy proxy = proxy(main, auth, -1);
        Peer client = Peer.connect(address)) {
      for (int i = 0; i < 3; i++) {
        client.send("POST /a HTTP/1.1|Host: h|X-User: eve|Content-Length: 5||hello");
        assertThat(client.readMessage()).startsWith("HTTP/1.1 200 ").endsWith("ok");
        assertThat(next(requests).toLowerCase(Locale.ROOT))
            .contains("x-user: ann\r\n")
            .doesNotContain("eve")
            .endsWith("hello");
        assertThat(next(questions)).startsWith("POST /check HTTP/1.1\r\nHost: auth\r\n");
        assertThat(proxy.seen().cluster()).isEqualTo("main");
      }
      assertThat(auth.connections()).isEqualTo(1);
      assertThat(proxy.endpoint("auth").requests()).isEqualTo(3);
      assertThat(proxy.endpoint("auth").active()).isZero();
    }
  }

  @Test
  void answersWithWhatTheAnswerSays() throws Exception {
    try (Upstream main = main();
        Upstream auth = auth("HTTP/1.1 302 Found|Content-Length: 5||hello");
        TestProxy proxy = proxy(main, auth, -1);
        Peer client = Peer.connect(address)) {
      for (int i = 0; i < 3; i++) {
        client.send("POST / HTTP/1.1|Host: h|Content-Length: 5||12345");
        assertThat(client.readMessage().toLowerCase(Locale.ROOT))
            .startsWith("http/1.1 302 ")
            .contains("location: /login\r\n", "weir-reason: filter-reply\r\n")
            .endsWith("hello");
        assertThat(proxy.seen().reason()).isEqualTo(Reason.FILTER_REPLY);
      }
      assertThat(main.connections()).isZero();
    }
  }

  @Test
  void asksForPipelinedRequestsOneAfterTheOther() throws Exception {
    try (Upstream main = main();
        Upstream auth = auth(YES);
        TestProxy proxy = proxy(main, auth, -1);
        Peer client = Peer.connect(address)) {
      client.send("GET /1 HTTP/1.1|Host: h||GET /2 HTTP/1.1|Host: h||GET /3 HTTP/1.1|Host: h||");
      for (int i = 1; i <= 3; i++) {
        assertThat(client.readMessage()).endsWith("ok");
        assertThat(next(requests)).startsWith("GET /" + i);
        assertThat(proxy.seen().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void severalFiltersAskInTheirOrder() throws Exception {
    AtomicInteger number = new AtomicInteger();
    try (Upstream main = main();
        Upstream auth =
            Upstream.start(peer -> {
              while (true) {
                questions.add(peer.readMessage());
                String user = "user" + number.incrementAndGet();
                peer.send("HTTP/1.1 200 OK|X-User: " + user + "|Content-Length: 0||");
              }
            });
        TestProxy proxy =
            TestProxy.start(
                plan(
                    main,
                    auth.address(),
                    Asking.filter(Asking.NANOS, -1),
                    Asking.filter(Asking.NANOS, 3),
                    Asking.filter(Asking.NANOS, 100)))) {
      Peer.ask(address, "POST / HTTP/1.1|Host: h|Content-Length: 5||hello");
      assertThat(next(requests).toLowerCase(Locale.ROOT))
          .contains("x-user: user3\r\n", "x-seen: 3 part\r\n", "x-seen: 5 whole\r\n")
          .endsWith("hello");
      assertThat(next(questions)).endsWith("\r\n\r\n");
      assertThat(next(questions)).endsWith("\r\n\r\nhel");
      assertThat(next(questions)).endsWith("\r\n\r\nhello");
      assertThat(proxy.seen().status()).isEqualTo(200);
    }
  }

  @Test
  void asksForManyAtOnce() throws Exception {
    try (Upstream main = main();
        Upstream auth = auth(YES);
        TestProxy proxy = proxy(main, auth, 10)) {
      int clients = 100;
      CountDownLatch done = new CountDownLatch(clients);
      for (int i = 0; i < clients; i++) {
        String body = "%05d".formatted(i);
        Thread.ofVirtual()
            .start(() -> {
              try {
                String answer =
                    Peer.ask(address, "POST / HTTP/1.1|Host: h|Content-Length: 5||" + body);
                if (answer.endsWith("ok")) {
                  done.countDown();
                }
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
      }
      assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < clients; i++) {
        assertThat(proxy.seen().status()).isEqualTo(200);
      }
      assertThat(requests.stream().map(text -> text.substring(text.length() - 5)).distinct())
          .hasSize(clients);
    }
  }

  // --- no answers --------------------------------------------------------------------------------

  private void refuses(TestProxy proxy, Reason reason) throws Exception {
    assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||"))
        .startsWith("HTTP/1.1 503 ")
        .endsWith(reason.code() + "\n");
    assertThat(proxy.seen().reason()).isEqualTo(reason);
    assertThat(requests).isEmpty();
  }

  @Test
  void isToldThatTheTimeIsUp() throws Exception {
    try (Upstream main = main();
        Upstream auth =
            Upstream.start(peer -> {
              peer.readHead();
              assertThat(peer.ended()).isTrue();
              questions.add("closed");
            });
        TestProxy proxy =
            TestProxy.start(
                plan(
                    main, auth.address(), Asking.filter(TimeUnit.MILLISECONDS.toNanos(200), -1)))) {
      refuses(proxy, Reason.BACKEND_REQUEST_TIMEOUT);
      assertThat(next(questions)).isEqualTo("closed");
      assertThat(proxy.endpoint("auth").active()).isZero();
    }
  }

  @Test
  void isToldWhatWentWrong() throws Exception {
    try (Upstream main = main();
        TestProxy proxy =
            TestProxy.start(plan(main, TestProxy.freeAddress(), Asking.filter(Asking.NANOS, -1)))) {
      refuses(proxy, Reason.UPSTREAM_CONNECT_FAILURE);
    }
    RoutePlan route = Plans.to("main", Asking.filter(Asking.NANOS, -1));
    try (Upstream main = main();
        TestProxy proxy =
            TestProxy.start(Plans.of(address, route, Plans.cluster("main", main.address())))) {
      refuses(proxy, Reason.NO_CLUSTER);
    }
    try (Upstream main = main();
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route,
                    Plans.cluster("main", main.address()),
                    Plans.cluster("auth")))) {
      refuses(proxy, Reason.NO_HEALTHY_UPSTREAM);
    }
    try (Upstream main = main();
        Upstream auth =
            Upstream.start(peer -> {
              peer.readHead();
              peer.abort();
            });
        TestProxy proxy = proxy(main, auth, -1)) {
      refuses(proxy, Reason.UPSTREAM_RESET);
    }
    try (Upstream main = main();
        Upstream auth = auth("HTTP/1.1 200 OK|Content-Length: 2000||" + "x".repeat(2000));
        TestProxy proxy = proxy(main, auth, -1)) {
      refuses(proxy, Reason.UPSTREAM_PROTOCOL_ERROR);
    }
  }

  @Test
  void asksAgainWhereAPooledConnectionWasClosed() throws Exception {
    try (Upstream main = main();
        Upstream auth =
            Upstream.start(peer -> {
              questions.add(peer.readMessage());
              peer.send(YES);
              // The next question on this connection gets no answer.
              peer.readMessage();
            });
        TestProxy proxy = proxy(main, auth, 10)) {
      for (int i = 0; i < 3; i++) {
        assertThat(Peer.ask(address, "POST / HTTP/1.1|Host: h|Content-Length: 5||hello"))
            .endsWith("ok");
        assertThat(next(questions)).endsWith("hello");
        assertThat(proxy.seen().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void aBugRefusesTheRequest() throws Exception {
    try (Upstream main = main();
        Upstream auth = auth("HTTP/1.1 200 OK|Content-Length: 3||bug");
        TestProxy proxy = proxy(main, auth, -1)) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).startsWith("HTTP/1.1 500 ");
      assertThat(proxy.seen().reason()).isEqualTo(Reason.INTERNAL);
    }
  }

  // --- ends of the exchange ----------------------------------------------------------------------

  @Test
  void aClientThatGoesAwayEndsTheCall() throws Exception {
    try (Upstream main = main();
        Upstream auth =
            Upstream.start(peer -> {
              questions.add(peer.readHead());
              assertThat(peer.ended()).isTrue();
              questions.add("closed");
            });
        TestProxy proxy = proxy(main, auth, -1);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 5||he");
      next(questions);
      client.abort();
      assertThat(proxy.seen().reason()).isEqualTo(Reason.DOWNSTREAM_RESET);
      assertThat(next(questions)).isEqualTo("closed");
      assertThat(proxy.endpoint("auth").active()).isZero();
      assertThat(main.connections()).isZero();
    }
  }

  @Test
  void theRequestsTimeCountsMeanwhile() throws Exception {
    RoutePlan route =
        Plans.route(
            Plans.forward(
                new Timeouts(TimeUnit.MILLISECONDS.toNanos(200), 0),
                "main",
                Asking.filter(Asking.NANOS, -1)));
    try (Upstream main = main();
        Upstream auth =
            Upstream.start(peer -> {
              peer.readHead();
              assertThat(peer.ended()).isTrue();
              questions.add("closed");
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route,
                    Plans.cluster("main", main.address()),
                    Plans.cluster("auth", auth.address())))) {
      assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).startsWith("HTTP/1.1 504 ");
      assertThat(proxy.seen().reason()).isEqualTo(Reason.REQUEST_TIMEOUT);
      assertThat(next(questions)).isEqualTo("closed");
    }
  }

  // --- bodies that are seen first ----------------------------------------------------------------

  @Test
  void showsBodiesOfEachFraming() throws Exception {
    try (Upstream main = main();
        Upstream auth = auth(YES);
        TestProxy proxy = proxy(main, auth, 5);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 5||he");
      assertThat(client.send("llo").readMessage()).endsWith("ok");
      assertThat(next(questions)).endsWith("\r\n\r\nhello");
      assertThat(next(requests)).contains("x-seen: 5 whole\r\n").endsWith("\r\n\r\nhello");

      client.send("POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked||2|he|1|l|0||");
      assertThat(client.readMessage()).endsWith("ok");
      assertThat(next(questions)).endsWith("\r\n\r\nhel");
      assertThat(next(requests)).contains("x-seen: 3 whole\r\n").contains("he", "l");

      client.send("GET / HTTP/1.1|Host: h||");
      assertThat(client.readMessage()).endsWith("ok");
      assertThat(next(questions)).endsWith("\r\n\r\n");
      assertThat(next(requests)).contains("x-seen: 0 whole\r\n");
      assertThat(proxy.seen().received()).isEqualTo(5);
    }
  }

  @Test
  void showsAsMuchAsTheFilterWantsAndSendsAll() throws Exception {
    int size = 300_000;
    String body = "0123456789".repeat(size / 10);
    try (Upstream main = main();
        Upstream auth = auth(YES);
        TestProxy proxy = proxy(main, auth, 100);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: " + size + "||").send(Peer.bytes(body));
      assertThat(client.readMessage()).endsWith("ok");
      assertThat(next(questions)).endsWith("\r\n\r\n" + body.substring(0, 100));
      assertThat(next(requests)).contains("x-seen: 100 part\r\n").endsWith("\r\n\r\n" + body);
      assertThat(proxy.seen().received()).isEqualTo(size);
    }
  }

  @Test
  void keepsTrailers() throws Exception {
    try (Upstream main =
            Upstream.start(peer -> {
              requests.add(peer.readUntil("x-sum: 7\r\n\r\n"));
              peer.send(OK);
            });
        Upstream auth = auth(YES);
        TestProxy proxy = proxy(main, auth, 100)) {
      String request = "POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked||2|he|0|x-sum: 7||";
      assertThat(Peer.ask(address, request)).endsWith("ok");
      assertThat(next(questions)).endsWith("\r\n\r\nhe");
      assertThat(next(requests)).contains("x-seen: 2 whole\r\n");
      assertThat(proxy.seen().status()).isEqualTo(200);
    }
  }

  @Test
  void tellsAClientThatWaitsToSendTheBody() throws Exception {
    try (Upstream main = main();
        Upstream auth = auth(YES);
        TestProxy proxy = proxy(main, auth, 100);
        Peer client = Peer.connect(address)) {
      client.send("PUT / HTTP/1.1|Host: h|Expect: 100-continue|Content-Length: 5||");
      assertThat(client.readHead()).startsWith("HTTP/1.1 100 ");
      assertThat(client.send("hello").readMessage()).startsWith("HTTP/1.1 200 ").endsWith("ok");
      assertThat(next(requests).toLowerCase(Locale.ROOT)).doesNotContain("expect");
      assertThat(proxy.seen().status()).isEqualTo(200);
    }
  }

  @Test
  void aClientThatGoesAwayWithinTheBodyIsForgotten() throws Exception {
    try (Upstream main = main();
        Upstream auth = auth(YES);
        TestProxy proxy = proxy(main, auth, 100);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 50||hello");
      client.abort();
      assertThat(proxy.seen().reason()).isEqualTo(Reason.DOWNSTREAM_RESET);
      assertThat(auth.connections()).isZero();
    }
  }

  @Test
  void aRefusalOfALargeBodyReachesTheClient() throws Exception {
    CompiledFilter refusing =
        exchange ->
            new HttpFilter() {
              @Override
              public Step requestHead(RequestHead head, boolean last) {
                return new Step.Collect(10);
              }

              @Override
              public Step requestCollected(ByteBuf body, boolean whole) {
                return whole
                    ? Step.NEXT
                    : new Step.Reply(413, Reason.BODY_TOO_LARGE, null, new byte[0]);
              }
            };
    try (Upstream main = main();
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address, Plans.to("main", refusing), Plans.cluster("main", main.address())));
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 10||0123456789");
      assertThat(client.readMessage()).endsWith("ok");
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 1000000||").send(new byte[20_000]);
      assertThat(client.readMessage()).startsWith("HTTP/1.1 413 ").endsWith("body-too-large\n");
      proxy.seen();
      assertThat(proxy.seen().reason()).isEqualTo(Reason.BODY_TOO_LARGE);
    }
  }
}
