package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Reason;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.ClusterPlan.Balancing;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.plan.UdpListenerPlan;
import dev.weir.proxy.plan.UdpPlan;
import dev.weir.proxy.plan.WeightedClusters;
import dev.weir.proxy.plan.WeightedClusters.Share;
import dev.weir.proxy.server.Datagrams.Received;
import dev.weir.proxy.server.TestProxy.Relayed;
import dev.weir.proxy.upstream.UpstreamOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Datagrams that are passed on. */
@ExtendWith(NoLeaks.class)
class UdpSessionTest {
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final InetSocketAddress address = TestProxy.freeAddress();

  private static UdpPlan to(WeightedClusters clusters, int sessions) {
    return new UdpPlan("route", clusters, IDLE_NANOS, 9000, 9000, sessions);
  }

  private Plan plan(UdpPlan traffic, ClusterPlan... clusters) {
    return Plans.of(new UdpListenerPlan("test", List.of(address), traffic), clusters);
  }

  private Plan plan(ClusterPlan cluster) {
    return plan(to(WeightedClusters.of(cluster.name()), 1000), cluster);
  }

  private Plan plan(Datagrams server) {
    return plan(Plans.cluster("c", server.address()));
  }

  // --- datagrams -------------------------------------------------------------------------------

  @Test
  void passesDatagramsBothWays() throws Exception {
    VirtualTime time = new VirtualTime();
    try (Datagrams server = Datagrams.bind();
        TestProxy proxy = TestProxy.start(plan(server), time);
        Datagrams client = Datagrams.connect(address)) {
      client.send("one").send("two");
      Received one = server.receive();
      Received two = server.receive();
      assertThat(one.text()).isEqualTo("one");
      assertThat(two.text()).isEqualTo("two");
      assertThat(two.from()).isEqualTo(one.from());
      server.reply(one, "answer");
      server.reply(one, "and another");
      assertThat(client.receive().text()).isEqualTo("answer");
      assertThat(client.receive().text()).isEqualTo("and another");
      assertThat(sessions(proxy)).isEqualTo(1);
      time.advance(Duration.ofSeconds(61));
      assertThat(proxy.relay())
          .isEqualTo(
              new Relayed(
                  "UDP",
                  "test",
                  "route",
                  "c",
                  "127.0.0.1:" + server.address().getPort(),
                  1,
                  null,
                  "127.0.0.1",
                  null,
                  6,
                  17,
                  2,
                  2));
    }
  }

  @Test
  void keepsClientsApart() throws Exception {
    try (Datagrams server = Datagrams.bind();
        TestProxy proxy = TestProxy.start(plan(server));
        Datagrams a = Datagrams.connect(address);
        Datagrams b = Datagrams.connect(address)) {
      a.send("a");
      Received fromA = server.receive();
      b.send("b");
      Received fromB = server.receive();
      assertThat(fromA.from()).isNotEqualTo(fromB.from());
      server.reply(fromB, "to b");
      server.reply(fromA, "to a");
      assertThat(a.receive().text()).isEqualTo("to a");
      assertThat(b.receive().text()).isEqualTo("to b");
      assertThat(proxy.endpoint("c").active()).isEqualTo(2);
    }
  }

  @Test
  void takesAnswersFromTheEndpointOnly() throws Exception {
    try (Datagrams server = Datagrams.bind();
        Datagrams stranger = Datagrams.bind();
        TestProxy proxy = TestProxy.start(plan(server));
        Datagrams client = Datagrams.connect(address)) {
      client.send("?");
      Received question = server.receive();
      stranger.reply(question, "forged");
      server.reply(question, "true");
      assertThat(client.receive().text()).isEqualTo("true");
      assertThat(proxy.opened).hasValue(1);
    }
  }

  @Test
  void passesLargeDatagramsWholeAndDropsLargerOnes() throws Exception {
    byte[] large = new byte[9000];
    new java.util.Random(1).nextBytes(large);
    try (Datagrams server = Datagrams.bind();
        TestProxy proxy = TestProxy.start(plan(server));
        Datagrams client = Datagrams.connect(address)) {
      client.send(large);
      assertThat(server.receive().data()).isEqualTo(large);
      client.send(new byte[9001]).send("after");
      assertThat(server.receive().text()).isEqualTo("after");
      assertThat(proxy.dropped.take()).isEqualTo(Reason.BODY_TOO_LARGE);
    }
  }

  /** Netty's epoll does not pass them; they are not to be in the way of others. */
  @Test
  void emptyDatagramsAreNotInTheWay() throws Exception {
    try (Datagrams server = Datagrams.bind();
        TestProxy proxy = TestProxy.start(plan(server));
        Datagrams client = Datagrams.connect(address)) {
      client.send(new byte[0]).send("?");
      Received question = server.receive();
      assertThat(question.text()).isEqualTo("?");
      assertThat(proxy.opened).hasValue(1);
      server.reply(question, "");
      server.reply(question, "!");
      assertThat(client.receive().text()).isEqualTo("!");
    }
  }

  @Test
  void dropsRepliesThatAreTooLarge() throws Exception {
    try (Datagrams server = Datagrams.bind();
        TestProxy proxy = TestProxy.start(plan(server));
        Datagrams client = Datagrams.connect(address)) {
      client.send("?");
      Received question = server.receive();
      server.reply(question, "x".repeat(9001));
      server.reply(question, "small");
      assertThat(client.receive().text()).isEqualTo("small");
      assertThat(proxy.dropped.take()).isEqualTo(Reason.BODY_TOO_LARGE);
    }
  }

  @Test
  void sharesClientsAmongWorkersAndClustersByWeight() throws Exception {
    UdpPlan traffic =
        to(
            new WeightedClusters(
                List.of(new Share("a", 2), new Share("b", 1), new Share("missing", 1))),
            1000);
    try (Datagrams a = Datagrams.bind().answering("a");
        Datagrams b = Datagrams.bind().answering("b");
        TestProxy proxy = TestProxy.start(2, UpstreamOptions.DEFAULTS)) {
      proxy.install(
          plan(traffic, Plans.cluster("a", a.address()), Plans.cluster("b", b.address())));
      Map<String, Integer> answers = new HashMap<>();
      List<Datagrams> clients = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        Datagrams client = Datagrams.connect(address);
        clients.add(client);
        client.send("!");
      }
      for (Datagrams client : clients) {
        Received answer = client.receive(100);
        if (answer != null) {
          answers.merge(answer.text(), 1, Integer::sum);
          // The same client stays where it is.
          assertThat(client.ask("!")).isEqualTo(answer.text());
        }
        client.close();
      }
      assertThat(answers.get("a!")).isBetween(40, 80);
      assertThat(answers.get("b!")).isBetween(12, 50);
      assertThat(proxy.dropped).contains(Reason.NO_CLUSTER).hasSizeBetween(12, 50);
      assertThat(proxy.snapshot())
          .allSatisfy(worker -> assertThat(worker.connections().get("test")).isPositive());
    }
  }

  // --- endpoints -------------------------------------------------------------------------------

  @Test
  void movesASessionWhoseEndpointIsRemoved() throws Exception {
    try (Datagrams one = Datagrams.bind().answering("one");
        Datagrams two = Datagrams.bind().answering("two");
        TestProxy proxy = TestProxy.start(plan(one));
        Datagrams client = Datagrams.connect(address)) {
      assertThat(client.ask("?")).isEqualTo("one?");
      proxy.install(plan(two));
      assertThat(client.ask("?")).isEqualTo("two?");
      assertThat(proxy.opened).hasValue(1);
      assertThat(proxy.endpoint("c").active()).isEqualTo(1);
      assertThat(proxy.endpoint("c").connections()).isEqualTo(1);
    }
  }

  @Test
  void keepsASessionWhoseEndpointStays() throws Exception {
    try (Datagrams server = Datagrams.bind();
        Datagrams other = Datagrams.bind();
        TestProxy proxy = TestProxy.start(plan(server));
        Datagrams client = Datagrams.connect(address)) {
      client.send("1");
      Received first = server.receive();
      proxy.install(plan(Plans.cluster("c", other.address(), server.address())));
      client.send("2");
      assertThat(server.receive().from()).isEqualTo(first.from());
    }
  }

  @Test
  void movesASessionWhoseClusterIsNoLongerTheListeners() throws Exception {
    try (Datagrams one = Datagrams.bind().answering("one");
        Datagrams two = Datagrams.bind().answering("two");
        TestProxy proxy = TestProxy.start(plan(one));
        Datagrams client = Datagrams.connect(address)) {
      assertThat(client.ask("?")).isEqualTo("one?");
      ClusterPlan old = Plans.cluster("c", one.address());
      ClusterPlan next = Plans.cluster("d", two.address());
      proxy.install(plan(to(WeightedClusters.of("d"), 1000), old, next));
      assertThat(client.ask("?")).isEqualTo("two?");
    }
  }

  @Test
  void movesASessionWhoseEndpointDoesNotListen() throws Exception {
    InetSocketAddress nobody = TestProxy.freeAddress();
    try (Datagrams server = Datagrams.bind().answering("up");
        TestProxy proxy = TestProxy.start(plan(Plans.cluster("c", nobody, server.address())));
        Datagrams client = Datagrams.connect(address)) {
      // At most one is lost: the kernel tells that nobody got it.
      Received answer = client.send("1").receive(300);
      if (answer == null) {
        answer = client.send("2").receive();
      }
      assertThat(answer.text()).startsWith("up");
      assertThat(proxy.opened).hasValue(1);
    }
  }

  @Test
  void dropsWhatHasNowhereToGo() throws Exception {
    try (TestProxy proxy = TestProxy.start(plan(to(WeightedClusters.of("none"), 10)));
        Datagrams client = Datagrams.connect(address)) {
      client.send("?");
      assertThat(proxy.dropped.take()).isEqualTo(Reason.NO_CLUSTER);
      proxy.install(plan(Plans.cluster("c")));
      client.send("?");
      assertThat(proxy.dropped.take()).isEqualTo(Reason.NO_HEALTHY_UPSTREAM);
      assertThat(proxy.opened).hasValue(0);
    }
  }

  @Test
  void neverSendsInPlainTextWhatIsToBeSecured() throws Exception {
    try (Datagrams server = Datagrams.bind()) {
      ClusterPlan plain = Plans.cluster("c", server.address());
      ClusterPlan secured =
          new ClusterPlan(
              plain.name(),
              plain.protocol(),
              new dev.weir.proxy.plan.UpstreamTls(
                  io.netty.handler.ssl.SslContextBuilder.forClient().build(), "h"),
              plain.connectTimeoutNanos(),
              plain.balancing(),
              plain.limits(),
              plain.endpoints());
      try (TestProxy proxy = TestProxy.start(plan(secured));
          Datagrams client = Datagrams.connect(address)) {
        client.send("secret");
        assertThat(proxy.dropped.take()).isEqualTo(Reason.UPSTREAM_TLS_FAILURE);
        assertThat(proxy.endpoint("c").active()).isZero();
      }
    }
  }

  // --- limits ----------------------------------------------------------------------------------

  @Test
  void theSessionLongestUnusedMakesWay() throws Exception {
    try (Datagrams server = Datagrams.bind().answering("");
        TestProxy proxy =
            TestProxy.start(
                plan(to(WeightedClusters.of("c"), 2), Plans.cluster("c", server.address())));
        Datagrams a = Datagrams.connect(address);
        Datagrams b = Datagrams.connect(address);
        Datagrams c = Datagrams.connect(address)) {
      a.ask("1");
      b.ask("1");
      a.ask("2");
      c.ask("1");
      Relayed gone = proxy.relay();
      assertThat(gone.reason()).isEqualTo(Reason.SESSION_LIMIT);
      assertThat(gone.datagramsReceived()).isEqualTo(1);
      assertThat(sessions(proxy)).isEqualTo(2);
      assertThat(proxy.endpoint("c").connections()).isEqualTo(2);
      a.ask("3");
      c.ask("2");
      assertThat(proxy.relayed).isEmpty();
      b.ask("2");
      assertThat(proxy.relay().datagramsReceived()).isEqualTo(3);
    }
  }

  /** Somebody who forges addresses must not shut out a client that is served. */
  @Test
  void aClientInUseSurvivesAFloodOfOthers() throws Exception {
    List<Datagrams> others = new ArrayList<>();
    try (Datagrams server = Datagrams.bind().answering("");
        TestProxy proxy =
            TestProxy.start(
                plan(to(WeightedClusters.of("c"), 20), Plans.cluster("c", server.address())));
        Datagrams client = Datagrams.connect(address)) {
      client.ask("0");
      for (int i = 0; i < 200; i++) {
        Datagrams other = Datagrams.connect(address);
        // Open until the end: the port of one that is closed may come again.
        others.add(other);
        other.ask("flood");
        if (i % 10 == 0) {
          assertThat(client.ask("x")).isEqualTo("x");
        }
      }
      assertThat(proxy.opened).hasValue(201);
      assertThat(sessions(proxy)).isEqualTo(20);
      assertThat(proxy.endpoint("c").connections()).isEqualTo(20);
    } finally {
      for (Datagrams other : others) {
        other.close();
      }
    }
  }

  @Test
  void holdsTheClustersLimitOfConnections() throws Exception {
    try (Datagrams server = Datagrams.bind().answering("");
        TestProxy proxy =
            TestProxy.start(
                plan(
                    Plans.cluster(
                        "c", Balancing.ROUND_ROBIN, new Limits(1, 0, 0), server.address())));
        Datagrams a = Datagrams.connect(address);
        Datagrams b = Datagrams.connect(address)) {
      a.ask("1");
      b.send("1");
      assertThat(proxy.dropped.take()).isEqualTo(Reason.UPSTREAM_OVERFLOW);
      assertThat(a.ask("2")).isEqualTo("2");
    }
  }

  @Test
  void forgetsWhatIsIdle() throws Exception {
    VirtualTime time = new VirtualTime();
    try (Datagrams server = Datagrams.bind();
        TestProxy proxy = TestProxy.start(plan(server), time);
        Datagrams one = Datagrams.connect(address);
        Datagrams two = Datagrams.connect(address)) {
      one.send("1");
      Received question = server.receive();
      time.advance(Duration.ofSeconds(30));
      two.send("2");
      server.receive();
      time.advance(Duration.ofSeconds(20));
      server.reply(question, "an answer keeps it, too");
      one.receive();
      time.advance(Duration.ofSeconds(41));
      Relayed gone = proxy.relay();
      assertThat(gone.reason()).isNull();
      assertThat(gone.datagramsSent()).isZero();
      assertThat(sessions(proxy)).isEqualTo(1);
      time.advance(Duration.ofSeconds(20));
      assertThat(proxy.relay().datagramsSent()).isEqualTo(1);
      assertThat(sessions(proxy)).isZero();
      assertThat(proxy.endpoint("c").connections()).isZero();
      one.send("again");
      assertThat(server.receive().text()).isEqualTo("again");
    }
  }

  // --- listeners -------------------------------------------------------------------------------

  @Test
  void aListenerThatIsRemovedLetsItsSessionsEnd() throws Exception {
    VirtualTime time = new VirtualTime();
    try (Datagrams server = Datagrams.bind();
        TestProxy proxy = TestProxy.start(plan(server), time);
        Datagrams client = Datagrams.connect(address);
        Datagrams late = Datagrams.connect(address)) {
      client.send("?");
      Received question = server.receive();
      proxy.install(Plan.EMPTY);
      server.reply(question, "!");
      assertThat(client.receive().text()).isEqualTo("!");
      late.send("?");
      assertThat(proxy.dropped.take()).isEqualTo(Reason.DRAINING);
      time.advance(Duration.ofSeconds(3));
      assertThat(proxy.relay().datagramsSent()).isEqualTo(1);
      TestProxy.await("the socket is closed", () -> unreachable(late));
    }
  }

  @Test
  void anotherListenerTakesTheAddressAtOnce() throws Exception {
    try (Datagrams one = Datagrams.bind().answering("one");
        Datagrams two = Datagrams.bind().answering("two");
        TestProxy proxy = TestProxy.start(plan(one));
        Datagrams client = Datagrams.connect(address)) {
      assertThat(client.ask("?")).isEqualTo("one?");
      proxy.install(
          Plans.of(
              new UdpListenerPlan("other", List.of(address), to(WeightedClusters.of("d"), 10)),
              Plans.cluster("d", two.address())));
      assertThat(client.ask("?")).isEqualTo("two?");
      assertThat(proxy.relay().listener()).isEqualTo("test");
    }
  }

  @Test
  void aListenerThatComesBackFindsItsAddressFree() throws Exception {
    try (Datagrams one = Datagrams.bind().answering("one");
        Datagrams two = Datagrams.bind().answering("two");
        TestProxy proxy = TestProxy.start(2, UpstreamOptions.DEFAULTS)) {
      proxy.install(plan(one));
      List<Datagrams> clients = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        Datagrams client = Datagrams.connect(address);
        clients.add(client);
        assertThat(client.ask("?")).isEqualTo("one?");
      }
      proxy.install(Plan.EMPTY);
      proxy.install(plan(two));
      for (Datagrams client : clients) {
        assertThat(client.ask("?")).isEqualTo("two?");
        client.close();
      }
    }
  }

  @Test
  void drainsAtOnceWhenNothingRuns() throws Exception {
    try (Datagrams server = Datagrams.bind();
        TestProxy proxy = TestProxy.start(plan(server));
        Datagrams client = Datagrams.connect(address)) {
      proxy.proxy().drain(Duration.ofSeconds(30)).toCompletableFuture().get(5, TimeUnit.SECONDS);
      assertThat(unreachable(client)).isTrue();
    }
  }

  @Test
  void reportsAPortThatSomebodyElseHas() throws Exception {
    try (Datagrams other = Datagrams.bind(address);
        Datagrams server = Datagrams.bind();
        TestProxy proxy = TestProxy.start()) {
      var failures = proxy.tryInstall(plan(server)).bindFailures();
      assertThat(failures)
          .singleElement()
          .satisfies(failure -> {
            assertThat(failure.listener()).isEqualTo("test");
            assertThat(failure.address()).endsWith(":" + other.address().getPort());
          });
    }
  }

  @Test
  void tcpAndUdpShareAPort() throws Exception {
    try (Datagrams server = Datagrams.bind().answering("udp");
        Upstream upstream = Upstream.start(peer -> peer.send("tcp"));
        TestProxy proxy = TestProxy.start()) {
      proxy.install(
          Plans.of(
              List.of(
                  new UdpListenerPlan("u", List.of(address), to(WeightedClusters.of("u"), 10)),
                  Plans.tcpListener("t", address, Plans.tcp("t"))),
              Plans.cluster("u", server.address()),
              Plans.cluster("t", upstream.address())));
      try (Datagrams client = Datagrams.connect(address);
          Peer peer = Peer.connect(address)) {
        assertThat(client.ask("!")).isEqualTo("udp!");
        assertThat(peer.read(3)).isEqualTo("tcp");
      }
    }
  }

  /** A listener for all addresses answers from the one that was asked. */
  @Test
  void answersFromTheAddressThatWasAsked() throws Exception {
    InetSocketAddress all = new InetSocketAddress(InetAddress.ofLiteral("::"), address.getPort());
    try (Datagrams one = Datagrams.bind().answering("one");
        Datagrams any = Datagrams.bind().answering("any");
        TestProxy proxy = TestProxy.start(plan(one))) {
      UdpListenerPlan specific =
          new UdpListenerPlan("test", List.of(address), to(WeightedClusters.of("c"), 10));
      UdpListenerPlan everywhere =
          new UdpListenerPlan("all", List.of(all), to(WeightedClusters.of("d"), 10));
      proxy.install(
          Plans.of(
              List.of(specific, everywhere),
              Plans.cluster("c", one.address()),
              Plans.cluster("d", any.address())));
      for (InetAddress local : LocalAddresses.all()) {
        InetSocketAddress asked = new InetSocketAddress(local, address.getPort());
        try (Datagrams client = Datagrams.connect(local, asked)) {
          // The more specific listener keeps its address.
          assertThat(client.ask("?")).isEqualTo(asked.equals(address) ? "one?" : "any?");
        }
      }
    }
  }

  // --- looking ---------------------------------------------------------------------------------

  private static int sessions(TestProxy proxy) throws Exception {
    return proxy.snapshot().getFirst().connections().getOrDefault("test", 0);
  }

  /** Whether the kernel says that nobody listens. */
  private static boolean unreachable(Datagrams client) {
    try {
      client.send("?").receive(50);
      return false;
    } catch (PortUnreachableException nobody) {
      return true;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
