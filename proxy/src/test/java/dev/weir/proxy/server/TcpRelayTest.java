package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.failure.Reason;
import dev.weir.proxy.plan.ClusterPlan.Balancing;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.plan.TcpPlan;
import dev.weir.proxy.plan.WeightedClusters;
import dev.weir.proxy.plan.WeightedClusters.Share;
import dev.weir.proxy.server.TestProxy.Relayed;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** TCP connections that are passed on, byte by byte. */
@ExtendWith(NoLeaks.class)
class TcpRelayTest {
  private final InetSocketAddress address = TestProxy.freeAddress();

  private TestProxy proxy(Upstream upstream) throws Exception {
    return TestProxy.start(
        Plans.tcp(address, List.of("c"), Plans.cluster("c", upstream.address())));
  }

  /** Sends back what comes, and the end. */
  private static Upstream echo() throws IOException {
    return Upstream.start(peer -> {
      while (true) {
        peer.send(peer.read(1));
      }
    });
  }

  // --- bytes and ends --------------------------------------------------------------------------

  @Test
  void passesBytesBothWays() throws Exception {
    try (Upstream upstream = echo();
        TestProxy proxy = proxy(upstream)) {
      try (Peer client = Peer.connect(address)) {
        assertThat(client.send("hello").read(5)).isEqualTo("hello");
        assertThat(client.send("again").read(5)).isEqualTo("again");
        client.end();
        assertThat(client.readAll()).isEmpty();
      }
      Relayed relayed = proxy.relay();
      assertThat(relayed)
          .isEqualTo(
              new Relayed(
                  "TCP",
                  "test",
                  "route",
                  "c",
                  "127.0.0.1:" + upstream.address().getPort(),
                  1,
                  null,
                  "127.0.0.1",
                  null,
                  10,
                  10,
                  0,
                  0));
      assertThat(proxy.endpoint("c").active()).isZero();
      assertThat(proxy.endpoint("c").requests()).isEqualTo(1);
    }
  }

  @Test
  void letsTheServerSpeakFirst() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.send("220 ready|");
              assertThat(peer.readUntil("\r\n")).isEqualTo("QUIT\r\n");
              peer.send("221 bye|");
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      assertThat(client.readUntil("\r\n")).isEqualTo("220 ready\r\n");
      client.send("QUIT|");
      assertThat(client.readAll()).isEqualTo("221 bye\r\n");
      client.end();
      assertThat(proxy.relay().sent()).isEqualTo(20);
    }
  }

  @Test
  void passesOnTheEndOfTheClientAndThenTheAnswer() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              String all = peer.readAll();
              peer.send("got " + all.length());
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      client.send("x".repeat(100_000)).end();
      assertThat(client.readAll()).isEqualTo("got 100000");
      assertThat(proxy.relay().reason()).isNull();
    }
  }

  @Test
  void passesOnTheEndOfTheServerAndGoesOnReadingTheClient() throws Exception {
    BlockingQueue<String> got = new LinkedBlockingQueue<>();
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.send("that was all").end();
              got.add(peer.readAll());
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      assertThat(client.readAll()).isEqualTo("that was all");
      client.send("still ").send("here").end();
      assertThat(got.poll(10, TimeUnit.SECONDS)).isEqualTo("still here");
      assertThat(proxy.relay().reason()).isNull();
    }
  }

  @Test
  void passesAnEndThatCameBeforeTheEndpointWasThere() throws Exception {
    try (ServerSocket slow = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        TestProxy proxy =
            TestProxy.start(
                Plans.tcp(
                    address,
                    List.of("c"),
                    Plans.cluster(
                        "c", new InetSocketAddress(slow.getInetAddress(), slow.getLocalPort()))));
        Peer client = Peer.connect(address)) {
      client.send("early").end();
      try (Peer server = new Peer(slow.accept())) {
        assertThat(server.readAll()).isEqualTo("early");
        server.send("late");
      }
      assertThat(client.readAll()).isEqualTo("late");
      assertThat(proxy.relay().received()).isEqualTo(5);
    }
  }

  @Test
  void passesMuchInBothDirectionsAtOnce() throws Exception {
    int size = 20_000_000;
    byte[] data = new byte[size];
    new Random(1).nextBytes(data);
    try (Upstream upstream =
            Upstream.start(peer -> {
              Thread writer =
                  Thread.ofVirtual()
                      .start(() -> {
                        try {
                          peer.send(data).end();
                        } catch (IOException e) {
                          throw new java.io.UncheckedIOException(e);
                        }
                      });
              assertThat(Arrays.equals(Peer.bytes(peer.readAll()), data)).isTrue();
              writer.join();
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      CompletableFuture<Boolean> same =
          CompletableFuture.supplyAsync(() -> {
            try {
              return Arrays.equals(Peer.bytes(client.readAll()), data);
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      client.send(data).end();
      assertThat(same.get(30, TimeUnit.SECONDS)).isTrue();
      assertThat(proxy.relay().sent()).isEqualTo(size);
    }
  }

  /** A client that has said all it had to say, and reads late what is more than sockets hold. */
  @Test
  void passesMuchToAClientThatHasEnded() throws Exception {
    byte[] data = new byte[20_000_000];
    new Random(2).nextBytes(data);
    CompletableFuture<Void> sending = new CompletableFuture<>();
    try (Upstream upstream =
            Upstream.start(peer -> {
              assertThat(peer.readAll()).isEqualTo("all");
              sending.complete(null);
              peer.send(data).end();
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      client.send("all").end();
      sending.get(30, TimeUnit.SECONDS);
      assertThat(Arrays.equals(Peer.bytes(client.readAll()), data)).isTrue();
      assertThat(proxy.relay().sent()).isEqualTo(data.length);
    }
  }

  // --- back-pressure ---------------------------------------------------------------------------

  @Test
  void stopsReadingTheServerWhenTheClientReadsSlowly() throws Exception {
    BlockingQueue<Long> stuckAfter = new LinkedBlockingQueue<>();
    int piece = 64 * 1024;
    int pieces = 1000; // 64 MB
    try (Upstream upstream =
            Upstream.start(peer -> {
              StuckWriter writer = new StuckWriter(peer, new byte[piece], pieces);
              stuckAfter.add(writer.bytesUntilStuck());
              writer.finish();
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connectSlow(address)) {
      Long bytes = stuckAfter.poll(20, TimeUnit.SECONDS);
      // What the kernel holds on both sides, and the proxy's high-water mark.
      assertThat(bytes).isNotNull().isLessThan(16L * 1024 * 1024);
      client.skip((long) piece * pieces);
      assertThat(client.readAll()).isEmpty();
      client.end();
      assertThat(proxy.relay().sent()).isEqualTo((long) piece * pieces);
    }
  }

  @Test
  void stopsReadingTheClientWhenTheServerReadsSlowly() throws Exception {
    int piece = 64 * 1024;
    int pieces = 1000;
    CountDownLatch read = new CountDownLatch(1);
    try (Upstream upstream =
            Upstream.start(peer -> {
              read.await();
              peer.skip((long) piece * pieces);
              assertThat(peer.readAll()).isEmpty();
              peer.send("done");
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      StuckWriter writer = new StuckWriter(client, new byte[piece], pieces);
      assertThat(writer.bytesUntilStuck()).isLessThan(24L * 1024 * 1024);
      read.countDown();
      writer.finish();
      client.end();
      assertThat(client.readAll()).isEqualTo("done");
      assertThat(proxy.relay().received()).isEqualTo((long) piece * pieces);
    }
  }

  // --- connecting ------------------------------------------------------------------------------

  @Test
  void triesAnotherEndpoint() throws Exception {
    InetSocketAddress nobody = TestProxy.freeAddress();
    try (Upstream upstream = echo();
        TestProxy proxy =
            TestProxy.start(
                Plans.tcp(
                    address,
                    List.of("c"),
                    Plans.cluster("c", nobody, upstream.address(), nobody)))) {
      for (int i = 0; i < 10; i++) {
        try (Peer client = Peer.connect(address)) {
          assertThat(client.send("x").read(1)).isEqualTo("x");
        }
        assertThat(proxy.relay().endpoint()).isEqualTo("127.0.0.1:" + upstream.address().getPort());
      }
    }
  }

  @Test
  void closesWhenNoEndpointCanBeConnected() throws Exception {
    InetSocketAddress nobody = TestProxy.freeAddress();
    try (TestProxy proxy =
            TestProxy.start(Plans.tcp(address, List.of("c"), Plans.cluster("c", nobody)));
        Peer client = Peer.connect(address)) {
      assertThat(client.ended()).isTrue();
      Relayed relayed = proxy.relay();
      assertThat(relayed.reason()).isEqualTo(Reason.UPSTREAM_CONNECT_FAILURE);
      assertThat(relayed.attempts()).isEqualTo(3);
      assertThat(proxy.endpoint("c").failures()).isEqualTo(3);
      assertThat(proxy.endpoint("c").connections()).isZero();
    }
  }

  @Test
  void givesUpAnEndpointThatDoesNotAnswer() throws Exception {
    VirtualTime time = new VirtualTime();
    try (FullServer full = new FullServer();
        TestProxy proxy =
            TestProxy.start(
                Plans.tcp(address, List.of("c"), Plans.cluster("c", full.address())), time);
        Peer client = Peer.connect(address)) {
      for (int attempt = 1; attempt <= 3; attempt++) {
        int wanted = attempt;
        TestProxy.await("attempt " + attempt, () -> proxy.endpoint("c").requests() == wanted);
        time.advance(Duration.ofSeconds(6));
      }
      assertThat(client.ended()).isTrue();
      assertThat(proxy.relay().reason()).isEqualTo(Reason.UPSTREAM_CONNECT_TIMEOUT);
    }
  }

  @Test
  void closesWhatHasNoCluster() throws Exception {
    try (TestProxy proxy = TestProxy.start(Plans.tcp(address, List.of("none")));
        Peer client = Peer.connect(address)) {
      assertThat(client.ended()).isTrue();
      assertThat(proxy.relay().reason()).isEqualTo(Reason.NO_CLUSTER);
    }
  }

  @Test
  void closesWhatHasNoEndpoint() throws Exception {
    try (TestProxy proxy = TestProxy.start(Plans.tcp(address, List.of("c"), Plans.cluster("c")));
        Peer client = Peer.connect(address)) {
      assertThat(client.ended()).isTrue();
      assertThat(proxy.relay().reason()).isEqualTo(Reason.NO_HEALTHY_UPSTREAM);
    }
  }

  @Test
  void sharesConnectionsByWeight() throws Exception {
    TcpPlan traffic =
        new TcpPlan(
            "route",
            new WeightedClusters(List.of(new Share("a", 3), new Share("missing", 1))),
            0,
            1);
    try (Upstream upstream = echo();
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    Plans.tcpListener("test", address, traffic),
                    Plans.cluster("a", upstream.address())))) {
      int served = 0;
      for (int i = 0; i < 200; i++) {
        try (Peer client = Peer.connect(address)) {
          client.send("x");
          served += client.ended() ? 0 : 1;
        } catch (SocketException reset) {
          // the share that is refused
        }
      }
      assertThat(served).isBetween(120, 180);
      assertThat(proxy.opened).hasValue(200);
    }
  }

  @Test
  void holdsTheLimitOfConnections() throws Exception {
    try (Upstream upstream = echo();
        TestProxy proxy =
            TestProxy.start(
                Plans.tcp(
                    address,
                    List.of("c"),
                    Plans.cluster(
                        "c", Balancing.LEAST_REQUEST, new Limits(2, 0, 0), upstream.address())))) {
      try (Peer one = Peer.connect(address);
          Peer two = Peer.connect(address)) {
        one.send("1").read(1);
        two.send("2").read(1);
        try (Peer three = Peer.connect(address)) {
          assertThat(three.ended()).isTrue();
        }
        assertThat(proxy.relay().reason()).isEqualTo(Reason.UPSTREAM_OVERFLOW);
        assertThat(proxy.endpoint("c").connections()).isEqualTo(2);
      }
      proxy.relay();
      proxy.relay();
      try (Peer again = Peer.connect(address)) {
        assertThat(again.send("x").read(1)).isEqualTo("x");
      }
    }
  }

  // --- breaking off ----------------------------------------------------------------------------

  @Test
  void passesAResetOfTheClientOn() throws Exception {
    BlockingQueue<String> end = new LinkedBlockingQueue<>();
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.send(peer.read(1));
              try {
                peer.read(1);
              } catch (EOFException e) {
                end.add("end");
              } catch (SocketException e) {
                end.add("reset");
              }
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      assertThat(client.send("x").read(1)).isEqualTo("x");
      client.abort();
      assertThat(end.poll(10, TimeUnit.SECONDS)).isEqualTo("reset");
      assertThat(proxy.relay().reason()).isEqualTo(Reason.DOWNSTREAM_RESET);
    }
  }

  @Test
  void passesAResetOfTheServerOn() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.send(peer.read(1));
              peer.read(1);
              peer.abort();
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      assertThat(client.send("x").read(1)).isEqualTo("x");
      client.send("y");
      assertThatThrownBy(() -> client.read(1)).isInstanceOf(SocketException.class);
      assertThat(proxy.relay().reason()).isEqualTo(Reason.UPSTREAM_RESET);
      assertThat(proxy.endpoint("c").failures()).isEqualTo(1);
    }
  }

  @Test
  void aResetAfterTheEndIsStillAReset() throws Exception {
    BlockingQueue<String> end = new LinkedBlockingQueue<>();
    try (Upstream upstream =
            Upstream.start(peer -> {
              assertThat(peer.readAll()).isEqualTo("x");
              try {
                while (true) {
                  peer.send("more");
                  Thread.sleep(1);
                }
              } catch (SocketException e) {
                end.add("reset");
              }
            });
        TestProxy proxy = proxy(upstream);
        Peer client = Peer.connect(address)) {
      client.send("x").end();
      client.read(4);
      client.abort();
      assertThat(end.poll(10, TimeUnit.SECONDS)).isEqualTo("reset");
      assertThat(proxy.relay().reason()).isEqualTo(Reason.DOWNSTREAM_RESET);
    }
  }

  @Test
  void aClientThatGoesWhileTheEndpointIsAwaitedLeavesNothing() throws Exception {
    try (FullServer full = new FullServer();
        TestProxy proxy =
            TestProxy.start(Plans.tcp(address, List.of("c"), Plans.cluster("c", full.address())))) {
      Peer client = Peer.connect(address);
      TestProxy.await("an attempt", () -> proxy.opened.get() == 1);
      client.abort();
      assertThat(proxy.relay().reason()).isEqualTo(Reason.DOWNSTREAM_RESET);
      TestProxy.await("no connection of the listener", () -> connections(proxy) == 0);
      full.drain();
      TestProxy.await(
          "no connection to the endpoint",
          () -> proxy.endpoint("c").connections() == 0 && proxy.endpoint("c").active() == 0);
    }
  }

  @Test
  void closesWhatIsIdle() throws Exception {
    VirtualTime time = new VirtualTime();
    try (Upstream upstream = echo();
        TestProxy proxy =
            TestProxy.start(
                Plans.tcp(address, List.of("c"), Plans.cluster("c", upstream.address())), time);
        Peer client = Peer.connect(address)) {
      assertThat(client.send("x").read(1)).isEqualTo("x");
      time.advance(Duration.ofMinutes(59));
      assertThat(client.send("y").read(1)).isEqualTo("y");
      time.advance(Duration.ofMinutes(59));
      assertThat(client.send("z").read(1)).isEqualTo("z");
      time.advance(Duration.ofMinutes(61));
      assertThat(client.readAll()).isEmpty();
      assertThat(proxy.relay().reason()).isEqualTo(Reason.IDLE_TIMEOUT);
    }
  }

  // --- changes ---------------------------------------------------------------------------------

  @Test
  void aNewPlanServesNewConnectionsAndLeavesOthersAlone() throws Exception {
    try (Upstream before = Upstream.start(peer -> converse(peer, "before"));
        Upstream after = Upstream.start(peer -> converse(peer, "after"));
        TestProxy proxy = proxy(before);
        Peer old = Peer.connect(address)) {
      assertThat(old.send("?").readUntil("\n")).isEqualTo("before\n");
      proxy.install(Plans.tcp(address, List.of("d"), Plans.cluster("d", after.address())));
      try (Peer client = Peer.connect(address)) {
        assertThat(client.send("?").readUntil("\n")).isEqualTo("after\n");
      }
      assertThat(old.send("?").readUntil("\n")).isEqualTo("before\n");
      proxy.install(Plans.tcp(address, List.of("none")));
      assertThat(old.send("?").readUntil("\n")).isEqualTo("before\n");
      old.end();
      assertThat(old.readAll()).isEmpty();
    }
  }

  private static void converse(Peer peer, String answer) throws IOException {
    while (true) {
      peer.read(1);
      peer.send(answer + "\n");
    }
  }

  @Test
  void aListenerThatIsRemovedDrains() throws Exception {
    try (Upstream upstream = echo();
        TestProxy proxy = proxy(upstream);
        Peer running = Peer.connect(address)) {
      running.send("x").read(1);
      proxy.install(Plan.EMPTY);
      assertThatThrownBy(() -> Peer.connect(address)).isInstanceOf(IOException.class);
      assertThat(running.send("y").read(1)).isEqualTo("y");
      running.end();
      assertThat(running.readAll()).isEmpty();
      assertThat(proxy.relay().reason()).isNull();
    }
  }

  @Test
  void whatDoesNotEndInTheDrainTimeIsCut() throws Exception {
    try (Upstream upstream = echo();
        TestProxy proxy = proxy(upstream);
        Peer running = Peer.connect(address)) {
      running.send("x").read(1);
      CompletableFuture<Void> drained =
          proxy.proxy().drain(Duration.ofMillis(300)).toCompletableFuture();
      assertThat(running.send("y").read(1)).isEqualTo("y");
      drained.get(10, TimeUnit.SECONDS);
      assertThat(running.ended()).isTrue();
    }
  }

  private static int connections(TestProxy proxy) throws Exception {
    return proxy.snapshot().getFirst().connections().getOrDefault("test", 0);
  }
}
