package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Reason;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.plan.Action.Timeouts;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Filters that wait, answer and fail at every stage of an exchange, while its ends come and go. */
@ExtendWith(NoLeaks.class)
class FiltersTest {
  private static final String GET = "GET / HTTP/1.1|Host: h||";
  private static final String POST = "POST / HTTP/1.1|Host: h|Content-Length: 6||abcdef";
  private static final String OK = "HTTP/1.1 200 OK|Content-Length: 4||okay";

  /** Where a filter does what the test wants. */
  enum Stage {
    REQUEST_HEAD,
    REQUEST_BODY,
    RESPONSE_HEAD,
    RESPONSE_BODY
  }

  private final InetSocketAddress address = TestProxy.freeAddress();
  private final BlockingQueue<Filter> filters = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

  /** A filter that acts at one stage and notes what it is called for. */
  private final class Filter implements HttpFilter {
    final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
    private final FilterExchange exchange;
    private final Stage stage;
    private final Act act;
    private @Nullable EventExecutor loop;
    private boolean acted;

    Filter(FilterExchange exchange, Stage stage, Act act) {
      this.exchange = exchange;
      this.stage = stage;
      this.act = act;
      filters.add(this);
    }

    private Step at(Stage here, String call) {
      loop = ThreadExecutorMap.currentExecutor();
      calls.add(call);
      if (here == stage && !acted) {
        acted = true;
        return act.step(exchange);
      }
      return Step.NEXT;
    }

    @Override
    public Step requestHead(RequestHead head, boolean last) {
      return at(Stage.REQUEST_HEAD, "request head");
    }

    @Override
    public Step requestBody(ByteBuf data, boolean last) {
      return at(Stage.REQUEST_BODY, "request body" + (last ? ", last" : ""));
    }

    @Override
    public Step responseHead(ResponseHead head, boolean last) {
      return at(Stage.RESPONSE_HEAD, "response head " + head.status());
    }

    @Override
    public Step responseBody(ByteBuf data, boolean last) {
      return at(Stage.RESPONSE_BODY, "response body" + (last ? ", last" : ""));
    }

    @Override
    public boolean readsBodies() {
      return true;
    }

    @Override
    public void done() {
      calls.add("done");
    }

    /** Waits for a call. */
    void awaitCall(String call) throws InterruptedException {
      String next;
      do {
        next = calls.poll(10, TimeUnit.SECONDS);
        assertThat(next).as("a call before " + call).isNotNull();
      } while (!call.equals(next));
    }

    /** Goes on, on the exchange's loop; returns when that is done. */
    void resume() throws Exception {
      EventExecutor on = loop;
      assertThat(on).isNotNull();
      if (on != null) {
        on.submit(exchange::resume).get(10, TimeUnit.SECONDS);
      }
    }
  }

  /** What the filter does. */
  interface Act {
    Step step(FilterExchange exchange);
  }

  private static Step hold(FilterExchange exchange) {
    return Step.HOLD;
  }

  private TestProxy proxy(Upstream upstream, Stage stage, Act act) throws Exception {
    CompiledFilter filter = exchange -> new Filter(exchange, stage, act);
    return TestProxy.start(
        Plans.of(address, Plans.to("c", filter), Plans.cluster("c", upstream.address())));
  }

  private Upstream backend() throws IOException {
    return Upstream.start(peer -> {
      while (true) {
        requests.add(peer.readMessage());
        peer.send(OK);
      }
    });
  }

  private Filter filter() throws InterruptedException {
    Filter next = filters.poll(10, TimeUnit.SECONDS);
    assertThat(next).as("a filter").isNotNull();
    return next;
  }

  private static void assertNothingRuns(TestProxy proxy) throws Exception {
    TestProxy.await(
        "the end of everything",
        () -> proxy.snapshot().getFirst().exchanges() == 0 && proxy.endpoint("c").active() == 0);
  }

  private static String calling(Stage stage) {
    return switch (stage) {
      case REQUEST_HEAD -> "request head";
      case REQUEST_BODY -> "request body, last";
      case RESPONSE_HEAD -> "response head 200";
      case RESPONSE_BODY -> "response body, last";
    };
  }

  @ParameterizedTest
  @EnumSource
  void holdsAndGoesOn(Stage stage) throws Exception {
    try (Upstream upstream = backend();
        TestProxy proxy = proxy(upstream, stage, FiltersTest::hold);
        Peer client = Peer.connect(address)) {
      for (int i = 0; i < 3; i++) {
        client.send(POST);
        Filter filter = filter();
        filter.awaitCall(calling(stage));
        assertThat(proxy.completed).isEmpty();
        filter.resume();
        assertThat(client.readMessage()).startsWith("HTTP/1.1 200 ").endsWith("okay");
        filter.awaitCall("done");
        assertThat(requests.poll(10, TimeUnit.SECONDS)).endsWith("\r\n\r\nabcdef");
        assertThat(proxy.seen().sent()).isEqualTo(4);
        // Once too often is no harm.
        filter.resume();
        assertThat(filter.calls).isEmpty();
      }
      assertNothingRuns(proxy);
    }
  }

  @ParameterizedTest
  @EnumSource
  void mayGoOnBeforeItsCallReturns(Stage stage) throws Exception {
    Act resumes =
        exchange -> {
          exchange.resume();
          return Step.HOLD;
        };
    try (Upstream upstream = backend();
        TestProxy proxy = proxy(upstream, stage, resumes)) {
      assertThat(Peer.ask(address, POST)).startsWith("HTTP/1.1 200 ").endsWith("okay");
      assertNothingRuns(proxy);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theClientGoesWhileItHolds(Stage stage) throws Exception {
    try (Upstream upstream = backend();
        TestProxy proxy = proxy(upstream, stage, FiltersTest::hold);
        Peer client = Peer.connect(address)) {
      client.send(POST);
      Filter filter = filter();
      filter.awaitCall(calling(stage));
      client.abort();
      filter.awaitCall("done");
      assertThat(proxy.seen().reason()).isEqualTo(Reason.DOWNSTREAM_RESET);
      filter.resume();
      assertThat(filter.calls).isEmpty();
      assertNothingRuns(proxy);
      // The next one is none the worse for it.
      try (Peer other = Peer.connect(address)) {
        other.send(POST);
        Filter next = filter();
        next.awaitCall(calling(stage));
        next.resume();
        assertThat(other.readMessage()).endsWith("okay");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theTimeIsUpWhileItHolds(Stage stage) throws Exception {
    AtomicLong clock = new AtomicLong();
    CompiledFilter holding = exchange -> new Filter(exchange, stage, FiltersTest::hold);
    try (Upstream upstream = backend();
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    Plans.route(
                        Plans.forward(
                            new Timeouts(Duration.ofSeconds(20).toNanos(), 0), "c", holding)),
                    Plans.cluster("c", upstream.address())),
                clock::get);
        Peer client = Peer.connect(address)) {
      client.send(POST);
      Filter filter = filter();
      filter.awaitCall(calling(stage));
      clock.addAndGet(Duration.ofSeconds(21).toNanos());
      if (stage == Stage.RESPONSE_BODY) {
        // Its head has gone out, so that it can only be broken off.
        assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
        assertThat(client.ended()).isTrue();
      } else {
        assertThat(client.readMessage())
            .startsWith("HTTP/1.1 504 ")
            .contains("weir-reason: request-timeout\r\n");
      }
      filter.awaitCall("done");
      assertThat(proxy.seen().reason()).isEqualTo(Reason.REQUEST_TIMEOUT);
      filter.resume();
      assertThat(filter.calls).isEmpty();
      assertNothingRuns(proxy);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Stage.class,
      names = {"RESPONSE_HEAD", "RESPONSE_BODY"})
  void theBackendBreaksOffWhileItHolds(Stage stage) throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.readMessage();
              peer.send("HTTP/1.1 200 OK|Content-Length: 10||half");
              held.await();
              peer.abort();
            });
        TestProxy proxy = proxy(upstream, stage, FiltersTest::hold);
        Peer client = Peer.connect(address)) {
      client.send(GET);
      Filter filter = filter();
      filter.awaitCall(stage == Stage.RESPONSE_HEAD ? "response head 200" : "response body");
      held.countDown();
      // Reading pauses while it holds, so that the end may be seen only afterwards.
      filter.resume();
      if (stage == Stage.RESPONSE_HEAD) {
        assertThat(client.readHead()).startsWith("HTTP/1.1 ");
      } else {
        assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
        assertThat(client.readAll()).doesNotContain("okay");
      }
      assertThat(proxy.seen().reason()).isEqualTo(Reason.UPSTREAM_RESET);
      filter.awaitCall("done");
      assertNothingRuns(proxy);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Stage.class,
      names = {"REQUEST_HEAD", "REQUEST_BODY"})
  void answersInsteadOfABackend(Stage stage) throws Exception {
    Act reply =
        exchange ->
            new Step.Reply(
                403, Reason.FILTER_REPLY, null, "not you".getBytes(StandardCharsets.US_ASCII));
    try (Upstream upstream = backend();
        TestProxy proxy = proxy(upstream, stage, reply);
        Peer client = Peer.connect(address)) {
      for (int i = 0; i < 2; i++) {
        client.send(POST);
        assertThat(client.readMessage())
            .startsWith("HTTP/1.1 403 ")
            .contains("weir-reason: filter-reply\r\n")
            .endsWith("not you");
        Filter filter = filter();
        // A filter sees the responses to requests that it let pass.
        filter.awaitCall(stage == Stage.REQUEST_HEAD ? "request head" : "response head 403");
        filter.awaitCall("done");
        assertThat(filter.calls).isEmpty();
        assertThat(proxy.seen().status()).isEqualTo(403);
      }
      assertThat(requests).noneMatch(request -> request.endsWith("abcdef"));
      assertNothingRuns(proxy);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBugInAFilterIsOneFailedRequestAtMost(Stage stage) throws Exception {
    Act bug =
        exchange -> {
          throw new IllegalStateException("a bug of a test, to be seen in the log");
        };
    try (Upstream upstream = backend();
        TestProxy proxy = proxy(upstream, stage, bug);
        Peer client = Peer.connect(address)) {
      for (int i = 0; i < 2; i++) {
        String answer = client.send(POST).readMessage();
        if (stage == Stage.REQUEST_HEAD || stage == Stage.REQUEST_BODY) {
          assertThat(answer).startsWith("HTTP/1.1 500 ").contains("weir-reason: internal-error");
        } else {
          assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("okay");
        }
        filter().awaitCall("done");
      }
      assertNothingRuns(proxy);
    }
  }

  @Test
  void aLongUploadWaitsInTheClientWhileAFilterHolds() throws Exception {
    AtomicLong taken = new AtomicLong();
    try (Upstream upstream = backend();
        TestProxy proxy = proxy(upstream, Stage.REQUEST_HEAD, FiltersTest::hold);
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 30000000||");
      Filter filter = filter();
      filter.awaitCall("request head");
      Thread sending =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  byte[] piece = new byte[100_000];
                  for (int i = 0; i < 300; i++) {
                    client.send(piece);
                    taken.addAndGet(piece.length);
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      // It stands still before it is all taken.
      AtomicLong before = new AtomicLong(-1);
      TestProxy.await(
          "nothing moves",
          () -> {
            Thread.sleep(200);
            return before.getAndSet(taken.get()) == taken.get();
          });
      assertThat(taken.get()).isLessThan(20_000_000);
      filter.resume();
      assertThat(client.readMessage()).endsWith("okay");
      sending.join();
      assertThat(proxy.seen().received()).isEqualTo(30_000_000);
      assertNothingRuns(proxy);
    }
  }
}
