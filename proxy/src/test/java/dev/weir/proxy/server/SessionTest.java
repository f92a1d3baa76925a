package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Sessions;
import dev.weir.core.filter.Step;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.plan.Action.Change;
import dev.weir.proxy.plan.Action.Forward;
import dev.weir.proxy.plan.Action.Timeouts;
import dev.weir.proxy.plan.Action.WeightedBackend;
import dev.weir.proxy.plan.RetryPolicy;
import dev.weir.proxy.plan.RetryPolicy.Condition;
import dev.weir.proxy.plan.RoutePlan;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Where requests of sessions go, over real connections. */
@ExtendWith(NoLeaks.class)
class SessionTest {
  private static final CompiledFilter[] NO_FILTERS = {};
  private static final Timeouts NO_LIMIT = new Timeouts(0, 0);
  private static final Pattern TOKEN = Pattern.compile("(?i)\r\nx-session: ([0-9a-f]+)\r\n");

  private final InetSocketAddress address = TestProxy.freeAddress();

  /** The id of an endpoint in a header: sessions without anything around them. */
  private static final class Plain implements Sessions {
    private static final HeaderName NAME = HeaderName.of("x-session");
    private static final EndpointIds IDS = Plain::id;

    @Override
    public EndpointIds ids() {
      return IDS;
    }

    static long id(String cluster, String endpoint) {
      return ((cluster + " " + endpoint).hashCode() & 0xffff_ffffL) | (1L << 32);
    }

    @Override
    public long endpoint(RequestHead request, long epochMillis) {
      String value = request.fields().first(NAME);
      return value == null ? NONE : Long.parseUnsignedLong(value, 16);
    }

    @Override
    public void begin(ResponseHead response, long endpoint, boolean secure, long epochMillis) {
      response.fields().set(NAME, Long.toHexString(endpoint));
    }
  }

  private static String id(String cluster, InetSocketAddress endpoint) {
    return Long.toHexString(Plain.id(cluster, "127.0.0.1:" + endpoint.getPort()));
  }

  private static WeightedBackend backend(String cluster, long weight, Sessions sessions) {
    return new WeightedBackend(cluster, weight, NO_FILTERS, Change.NONE, null, sessions, List.of());
  }

  private static RoutePlan route(WeightedBackend... backends) {
    return Plans.route(Plans.forward(NO_LIMIT, backends));
  }

  /** An answer without what is different each time. */
  private record Answer(int status, String body, @Nullable String token) {}

  private Answer ask(@Nullable String token) throws IOException {
    return ask("GET", token);
  }

  private Answer ask(String method, @Nullable String token) throws IOException {
    String answer =
        Peer.ask(
            address,
            method
                + " / HTTP/1.1|Host: h|"
                + (token == null ? "" : "X-Session: " + token + "|")
                + "|");
    Matcher matcher = TOKEN.matcher(answer);
    return new Answer(
        Integer.parseInt(answer.substring(9, 12)),
        answer.substring(answer.indexOf("\r\n\r\n") + 4),
        matcher.find() ? matcher.group(1) : null);
  }

  /** Asks until there is a session at each of the bodies; the tokens by body. */
  private Map<String, String> sessionsAt(String... bodies) throws IOException {
    Map<String, String> tokens = new HashMap<>();
    for (int i = 0; i < 500 && tokens.size() < bodies.length; i++) {
      Answer answer = ask(null);
      tokens.put(answer.body(), String.valueOf(answer.token()));
    }
    assertThat(tokens).containsOnlyKeys(bodies);
    return tokens;
  }

  @Test
  void aSessionStaysAndAnswersTellOnlyWhatIsNew() throws Exception {
    Sessions sessions = new Plain();
    try (Upstream a = Upstream.answering("a");
        Upstream b = Upstream.answering("b");
        Upstream c = Upstream.answering("c");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(backend("one", 1, sessions), backend("two", 1, sessions)),
                    Plans.cluster("one", a.address(), b.address()),
                    Plans.cluster("two", c.address())))) {
      for (Map.Entry<String, String> session : sessionsAt("a", "b", "c").entrySet()) {
        for (int i = 0; i < 20; i++) {
          assertThat(ask(session.getValue())).isEqualTo(new Answer(200, session.getKey(), null));
        }
      }
      assertThat(proxy.seen().reason()).isNull();
    }
  }

  @Test
  void whatIsNotOneOfTheRoutesEndpointsIsIgnored() throws Exception {
    Sessions sessions = new Plain();
    try (Upstream a = Upstream.answering("a");
        Upstream other = Upstream.answering("other");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(backend("one", 1, sessions)),
                    Plans.cluster("one", a.address()),
                    Plans.cluster("other", other.address())))) {
      String foreign = id("other", other.address());
      assertThat(ask(foreign).body()).isEqualTo("a");
      assertThat(ask(foreign).token()).isNotNull();
      assertThat(ask("123").body()).isEqualTo("a");
      assertThat(other.connections()).isZero();
      assertThat(proxy.seen().cluster()).isEqualTo("one");
    }
  }

  @Test
  void sessionsOutliveTheirWeightAndNewOnesDoNotBegin() throws Exception {
    Sessions sessions = new Plain();
    try (Upstream a = Upstream.answering("a");
        Upstream b = Upstream.answering("b");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(backend("one", 1, sessions), backend("two", 1, sessions)),
                    Plans.cluster("one", a.address()),
                    Plans.cluster("two", b.address())))) {
      String old = String.valueOf(sessionsAt("a", "b").get("a"));

      // The session's filters are others, too: a change of configuration makes new ones.
      Sessions next = new Plain();
      proxy.install(
          Plans.of(
              address,
              route(backend("one", 0, next), backend("two", 1, next)),
              Plans.cluster("one", a.address()),
              Plans.cluster("two", b.address())));
      for (int i = 0; i < 50; i++) {
        assertThat(ask(old)).isEqualTo(new Answer(200, "a", null));
        assertThat(ask(null).body()).isEqualTo("b");
      }

      // Nobody but sessions gets anything.
      proxy.install(
          Plans.of(address, route(backend("one", 0, next)), Plans.cluster("one", a.address())));
      assertThat(ask(old)).isEqualTo(new Answer(200, "a", null));
      assertThat(ask(null).status()).isEqualTo(500);
    }
  }

  @Test
  void backendsMayKeepSessionsOfTheirOwn() throws Exception {
    try (Upstream a = Upstream.answering("a");
        Upstream b = Upstream.answering("b");
        Upstream c = Upstream.answering("c");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(Plans.weighted("free", 1), backend("keeping", 1, new Plain())),
                    Plans.cluster("free", c.address()),
                    Plans.cluster("keeping", a.address(), b.address())))) {
      Set<String> kept = new HashSet<>();
      for (int i = 0; i < 100; i++) {
        Answer first = ask(null);
        if (first.body().equals("c")) {
          assertThat(first.token()).isNull();
        } else {
          assertThat(ask(first.token())).isEqualTo(new Answer(200, first.body(), null));
          kept.add(first.body());
        }
      }
      assertThat(kept).containsExactlyInAnyOrder("a", "b");
      assertThat(proxy.seen().status()).isEqualTo(200);
    }
  }

  @Test
  void aSessionWhoseEndpointIsRemovedBeginsElsewhere() throws Exception {
    Sessions sessions = new Plain();
    try (Upstream a = Upstream.answering("a");
        Upstream b = Upstream.answering("b");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(backend("one", 1, sessions)),
                    Plans.cluster("one", a.address(), b.address())))) {
      Map<String, String> tokens = sessionsAt("a", "b");
      String atA = String.valueOf(tokens.get("a"));
      proxy.install(
          Plans.of(address, route(backend("one", 1, sessions)), Plans.cluster("one", b.address())));

      assertThat(ask(atA)).isEqualTo(new Answer(200, "b", tokens.get("b")));

      // It is the same endpoint again when it is back.
      proxy.install(
          Plans.of(
              address,
              route(backend("one", 1, sessions)),
              Plans.cluster("one", b.address(), a.address())));
      assertThat(ask(atA)).isEqualTo(new Answer(200, "a", null));
    }
  }

  @Test
  void aSessionWhoseEndpointCannotBeConnectedBeginsElsewhere() throws Exception {
    Sessions sessions = new Plain();
    InetSocketAddress nobody = TestProxy.freeAddress();
    try (Upstream b = Upstream.answering("b");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(backend("one", 1, sessions)),
                    Plans.cluster("one", nobody, b.address())))) {
      String lost = id("one", nobody);
      String atB = id("one", b.address());
      // The first request finds out, the second knows.
      assertThat(ask(lost)).isEqualTo(new Answer(200, "b", atB));
      assertThat(ask(lost)).isEqualTo(new Answer(200, "b", atB));
      assertThat(proxy.seen().attempts()).isEqualTo(2);
      assertThat(proxy.seen().attempts()).isEqualTo(1);
    }
  }

  @Test
  void aSessionThatIsLostAtABackendWithoutWeightBeginsNotThere() throws Exception {
    Sessions sessions = new Plain();
    InetSocketAddress nobody = TestProxy.freeAddress();
    try (Upstream a = Upstream.answering("a");
        Upstream b = Upstream.answering("b");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(backend("old", 0, sessions), backend("new", 1, sessions)),
                    Plans.cluster("old", nobody, a.address()),
                    Plans.cluster("new", b.address())))) {
      String lost = id("old", nobody);
      assertThat(ask(lost)).isEqualTo(new Answer(200, "a", null));
      assertThat(ask(lost).body()).isEqualTo("b");
      assertThat(ask(lost).token()).isNotNull();
      assertThat(proxy.seen().attempts()).isEqualTo(2);
    }
  }

  @Test
  void anEndpointThatGoesWhileAFilterHoldsIsNotUsed() throws Exception {
    Sessions sessions = new Plain();
    BlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
    CompiledFilter holding =
        exchange ->
            new HttpFilter() {
              @Override
              public Step requestHead(RequestHead head, boolean last) {
                EventExecutor loop = ThreadExecutorMap.currentExecutor();
                held.add(() -> loop.execute(exchange::resume));
                return Step.HOLD;
              }
            };
    RoutePlan route =
        route(
            new WeightedBackend(
                "one", 1, new CompiledFilter[] {holding}, Change.NONE, null, sessions, List.of()));
    try (Upstream a = Upstream.answering("a");
        Upstream b = Upstream.answering("b");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(address, route, Plans.cluster("one", a.address(), b.address())));
        Peer client = Peer.connect(address)) {
      client.send("GET / HTTP/1.1|Host: h|X-Session: " + id("one", a.address()) + "||");
      Runnable resume = held.poll(10, TimeUnit.SECONDS);
      assertThat(resume).isNotNull();
      proxy.install(Plans.of(address, route, Plans.cluster("one", b.address())));
      resume.run();

      assertThat(client.readMessage())
          .containsIgnoringCase("\r\nx-session: " + id("one", b.address()) + "\r\n")
          .endsWith("\r\n\r\nb");
      assertThat(a.connections()).isZero();
    }
  }

  // --- retries ---------------------------------------------------------------------------------

  private static Forward retrying(WeightedBackend backend, int status) {
    BitSet statuses = new BitSet();
    statuses.set(status);
    return Plans.retrying(
        Plans.forward(NO_LIMIT, backend),
        new RetryPolicy(Set.of(Condition.RESET), statuses, 2, 1_000_000, 10_000_000));
  }

  @Test
  void aRetryAfterAnAnswerStaysAndOneAfterAFailureDoesNot() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    AtomicInteger broken = new AtomicInteger();
    try (Upstream a =
            Upstream.start(peer -> {
              while (true) {
                peer.readHead();
                if (broken.get() == 1) {
                  return;
                }
                peer.send(
                    requests.getAndIncrement() % 2 == 0
                        ? "HTTP/1.1 503 Service Unavailable|Content-Length: 0||"
                        : "HTTP/1.1 200 OK|Content-Length: 1||a");
              }
            });
        Upstream b = Upstream.answering("b");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    Plans.route(retrying(backend("one", 1, new Plain()), 503)),
                    Plans.cluster("one", a.address(), b.address())))) {
      String atA = id("one", a.address());
      String atB = id("one", b.address());
      for (int i = 0; i < 10; i++) {
        assertThat(ask(atA)).isEqualTo(new Answer(200, "a", null));
        assertThat(proxy.seen().attempts()).isEqualTo(2);
      }

      broken.set(1);
      assertThat(ask("POST", atA)).isEqualTo(new Answer(200, "b", atB));
    }
  }

  @Test
  void aConnectionThatWasClosedIdleLosesNoSession() throws Exception {
    // Each connection answers once and is closed at the next request.
    try (Upstream a =
            Upstream.start(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 200 OK|Content-Length: 1||a");
              peer.readHead();
            });
        Upstream b = Upstream.answering("b");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    route(backend("one", 1, new Plain())),
                    Plans.cluster("one", a.address(), b.address())))) {
      String atA = id("one", a.address());
      for (int i = 0; i < 20; i++) {
        assertThat(ask(atA)).isEqualTo(new Answer(200, "a", null));
      }
      assertThat(proxy.completed.stream().filter(seen -> seen.attempts() == 2)).isNotEmpty();
    }
  }
}
