package dev.weir.proxy.server;

import static dev.weir.proxy.server.Http3Client.HEADERS;
import static dev.weir.proxy.server.Http3Client.frame;
import static dev.weir.proxy.server.Http3Client.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.proxy.compile.TestKey;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ChainTable;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.plan.QuicListenerPlan;
import dev.weir.proxy.plan.UdpListenerPlan;
import dev.weir.proxy.plan.UdpPlan;
import dev.weir.proxy.plan.WeightedClusters;
import dev.weir.proxy.plan.WeightedClusters.Share;
import dev.weir.proxy.upstream.UpstreamOptions;
import io.netty.handler.codec.quic.Quic;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tech.kwik.core.QuicStream;

/** Addresses, sockets and listeners under connections of QUIC. */
@ExtendWith(NoLeaks.class)
class QuicConnectionsTest {
  private static final TestKey A = TestKey.selfSigned("EC", "a.example");
  private static final TestKey B = TestKey.selfSigned("EC", "b.example");
  private static final int WORKERS = 4;
  private static final int RETRY = 0xf0;

  private final TestProxy proxy = TestProxy.start(WORKERS, UpstreamOptions.DEFAULTS);
  private final InetSocketAddress address = TestProxy.freeAddress();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private final Semaphore pieces = new Semaphore(0);
  private @Nullable Upstream upstream;

  @BeforeAll
  static void needsQuic() {
    assumeTrue(Quic.isAvailable(), "no native library of QUIC for this machine");
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    if (upstream != null) {
      upstream.close();
    }
  }

  /** Answers with "ok", or on /pieces with an "x" for each permit. */
  private Plan plan() throws Exception {
    upstream =
        Upstream.start(peer -> {
          while (true) {
            String head = peer.readMessage();
            requests.add(head);
            if (head.startsWith("GET /pieces")) {
              peer.send("HTTP/1.1 200 OK||");
              while (true) {
                pieces.acquire();
                peer.send("x");
              }
            }
            peer.send("HTTP/1.1 200 OK|Content-Length: 2||ok");
          }
        });
    return Http3Config.compile(address, upstream.address(), "", A, B).plan();
  }

  private int connections() throws Exception {
    return proxy.snapshot().stream()
        .flatMap(worker -> worker.connections().values().stream())
        .mapToInt(Integer::intValue)
        .sum();
  }

  // --- addresses ---------------------------------------------------------------------------------

  @Test
  void aClientWhosePortChangesIsFoundAgain() throws Exception {
    proxy.install(plan());
    try (Nat nat = Nat.before(address);
        Http3Client client = Http3Client.connect(nat.address(), "a.example")) {
      for (int i = 0; i < QuicSocket.MOST_PORTS - 1; i++) {
        assertThat(client.ask("GET", "/" + i).text()).isEqualTo("ok");
        // The kernel chooses a worker by the port: hardly the same one each time.
        nat.change(InetAddress.getLoopbackAddress());
      }
      assertThat(client.ask("GET", "/last").text()).isEqualTo("ok");
      assertThat(connections()).isEqualTo(1);
    }
    assertThat(requests).hasSize(QuicSocket.MOST_PORTS);
  }

  @Test
  void datagramsFromAnotherAddressAreNotHeard() throws Exception {
    proxy.install(plan());
    InetAddress elsewhere = InetAddress.ofLiteral("127.0.0.2");
    try (Nat nat = Nat.before(address);
        Http3Client client = Http3Client.connect(nat.address(), "a.example")) {
      assertThat(client.ask("GET", "/").text()).isEqualTo("ok");
      nat.change(elsewhere);
      CompletableFuture<String> answer =
          CompletableFuture.supplyAsync(() -> {
            try {
              return client.ask("GET", "/unheard").text();
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      TestProxy.await("the request is sent, and again", () -> nat.passed.get() >= 3);
      assertThat(requests).hasSize(1);
      nat.change(InetAddress.getLoopbackAddress());
      assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo("ok");
      assertThat(nat.answers).noneMatch(sent -> sent.to().getAddress().equals(elsewhere));
    }
  }

  @Test
  void clientsProveTheirAddressWhileManyHandshakesAreOpen() throws Exception {
    proxy.install(plan());
    List<Deaf> sockets = new ArrayList<>();
    try (Nat nat = Nat.before(address)) {
      // Each worker counts its own.
      while (!isAskedToProve(nat)) {
        assertThat(sockets.size()).isLessThan(3000);
        for (int i = 0; i < 100; i++) {
          Deaf socket = new Deaf();
          sockets.add(socket);
          Thread.ofVirtual().start(() -> socket.connect(address));
        }
        TestProxy.await("all have said hello", () -> sockets.stream().allMatch(Deaf::sent));
      }
    } finally {
      sockets.forEach(Deaf::close);
    }
  }

  /** Connects; whether the first datagram that came was a Retry. */
  private boolean isAskedToProve(Nat nat) throws Exception {
    nat.change(InetAddress.getLoopbackAddress());
    nat.answers.clear();
    try (Http3Client client = Http3Client.connect(nat.address(), "a.example")) {
      assertThat(client.ask("GET", "/").text()).isEqualTo("ok");
    }
    return (Objects.requireNonNull(nat.answers.poll()).data()[0] & RETRY) == RETRY;
  }

  /** The socket of a client that sends its first datagrams and hears nothing. */
  private static final class Deaf extends DatagramSocket {
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean sent;

    Deaf() throws SocketException {
      super(0, InetAddress.getLoopbackAddress());
    }

    boolean sent() {
      return sent;
    }

    void connect(InetSocketAddress server) {
      try {
        Http3Client.connect(server, "a.example", this).close();
      } catch (IOException expected) {
        // it gives up, or the test is over
      }
    }

    @Override
    public void send(DatagramPacket packet) throws IOException {
      if (!sent) {
        super.send(packet);
        sent = true;
      }
    }

    @Override
    public void receive(DatagramPacket packet) throws IOException {
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new SocketException("closed");
    }

    @Override
    public void close() {
      closed.countDown();
      super.close();
    }
  }

  @Test
  void nothingThatAnybodySendsDoesHarm() throws Exception {
    proxy.install(plan());
    Random random = new Random(9);
    try (Nat nat = Nat.before(address);
        Http3Client client = Http3Client.connect(nat.address(), "a.example");
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      assertThat(client.ask("GET", "/").text()).isEqualTo("ok");
      List<byte[]> real = nat.answers.stream().map(Nat.Answer::data).toList();
      for (int i = 0; i < 20_000; i++) {
        byte[] data;
        if (i % 2 == 0) {
          data = new byte[random.nextInt(64)];
          random.nextBytes(data);
          if (data.length > 3 && i % 4 == 0) {
            // As if for a connection of one of the workers, or of none.
            ByteBuffer.wrap(data).put((byte) 0x40).putShort((short) random.nextInt(WORKERS + 2));
          }
        } else {
          data = real.get(random.nextInt(real.size())).clone();
          data[random.nextInt(Math.min(data.length, 32))] ^= (byte) (1 << random.nextInt(8));
        }
        socket.send(new DatagramPacket(data, data.length, address));
      }
      assertThat(client.ask("GET", "/").text()).isEqualTo("ok");
      try (Http3Client later = Http3Client.connect(address, "a.example")) {
        assertThat(later.ask("GET", "/").text()).isEqualTo("ok");
      }
    }
  }

  // --- listeners ---------------------------------------------------------------------------------

  private static QuicListenerPlan quic(Plan plan) {
    return (QuicListenerPlan) Objects.requireNonNull(plan.listeners().get("quic"));
  }

  private static Plan with(Plan plan, ListenerPlan... listeners) {
    Map<String, ListenerPlan> byName = new HashMap<>();
    for (ListenerPlan listener : listeners) {
      byName.put(listener.name(), listener);
    }
    return new Plan(byName, plan.clusters());
  }

  /** A stream that is being answered, a byte for each permit. */
  private InputStream pieces(Http3Client client) throws Exception {
    QuicStream stream = client.open();
    try (OutputStream out = stream.getOutputStream()) {
      out.write(frame(HEADERS, request("GET", "/pieces")));
    }
    InputStream in = stream.getInputStream();
    piece(in);
    return in;
  }

  private void piece(InputStream in) throws IOException {
    pieces.release();
    while (in.read() != 'x') {
      // frames around it
    }
  }

  @Test
  void aListenerWithAnotherNameGoesOnWithTheSocket() throws Exception {
    Plan first = plan();
    proxy.install(with(first, quic(first)));
    try (Http3Client client = Http3Client.connect(address, "a.example")) {
      InputStream stream = pieces(client);

      proxy.install(
          with(first, new QuicListenerPlan("other", List.of(address), quic(first).chains())));

      piece(stream);
      assertThat(client.goAway()).isEqualTo(4);
      for (int i = 0; i < 2 * WORKERS; i++) {
        try (Http3Client later = Http3Client.connect(address, "a.example")) {
          assertThat(later.ask("GET", "/").text()).isEqualTo("ok");
        }
      }
      piece(stream);
    }
  }

  @Test
  void aListenerComesBackToTheSocketThatItLeft() throws Exception {
    Plan first = plan();
    proxy.install(with(first, quic(first)));
    try (Http3Client client = Http3Client.connect(address, "a.example")) {
      InputStream stream = pieces(client);

      proxy.install(with(first));
      assertThatThrownBy(() -> Http3Client.connect(address, "a.example"))
          .isInstanceOf(IOException.class);
      piece(stream);

      proxy.install(with(first, quic(first)));
      piece(stream);
      for (int i = 0; i < 2 * WORKERS; i++) {
        try (Http3Client later = Http3Client.connect(address, "a.example")) {
          assertThat(later.ask("GET", "/").text()).isEqualTo("ok");
        }
      }
    }
  }

  @Test
  void anAddressThatIsTakenFromAListenerDrains() throws Exception {
    Plan first = plan();
    InetSocketAddress second = TestProxy.freeAddress();
    proxy.install(with(first, quic(first).at(List.of(address, second))));
    try (Http3Client leaves = Http3Client.connect(address, "a.example");
        Http3Client stays = Http3Client.connect(second, "a.example")) {
      InputStream stream = pieces(leaves);
      assertThat(stays.ask("GET", "/").text()).isEqualTo("ok");

      proxy.install(with(first, quic(first).at(List.of(second))));

      assertThat(leaves.goAway()).isEqualTo(4);
      piece(stream);
      assertThat(stays.ask("GET", "/").text()).isEqualTo("ok");
    }
    Set<Integer> used = new HashSet<>();
    TestProxy.await(
        "the socket is closed",
        () -> {
          try (DatagramSocket free = new DatagramSocket(address)) {
            return used.add(free.getLocalPort());
          } catch (SocketException taken) {
            return false;
          }
        });
  }

  @Test
  void aUdpListenerTakesTheSocketOver() throws Exception {
    Plan first = plan();
    proxy.install(with(first, quic(first)));
    try (Http3Client client = Http3Client.connect(address, "a.example");
        Datagrams server = Datagrams.bind().answering("udp:")) {
      assertThat(client.ask("GET", "/").text()).isEqualTo("ok");
      UdpPlan traffic =
          new UdpPlan(
              "route",
              new WeightedClusters(List.of(new Share("u", 1))),
              TimeUnit.MINUTES.toNanos(1),
              1500,
              1500,
              UdpPlan.DEFAULT_SESSIONS);
      Plan second =
          Plans.of(
              new UdpListenerPlan("udp", List.of(address), traffic),
              Plans.cluster("u", server.address()));

      proxy.install(second);

      try (Datagrams udp = Datagrams.connect(address)) {
        assertThat(udp.ask("hello")).isEqualTo("udp:hello");
      }
      proxy.install(with(first, quic(first)));
      try (Http3Client later = Http3Client.connect(address, "a.example")) {
        assertThat(later.ask("GET", "/").text()).isEqualTo("ok");
      }
    }
  }

  @Test
  void aNameThatNoChainServesGetsNoConnection() throws Exception {
    Plan first = plan();
    ChainPlan chain = Objects.requireNonNull(quic(first).chains().otherwise());
    ChainTable named = new ChainTable(Map.of("b.example", chain), Map.of(), null, true);
    proxy.install(with(first, new QuicListenerPlan("quic", List.of(address), named)));

    assertThatThrownBy(() -> Http3Client.connect(address, "a.example"))
        .isInstanceOf(IOException.class);
    try (Http3Client served = Http3Client.connect(address, "b.example")) {
      assertThat(served.certificate()).isEqualTo(B.certificate());
      assertThat(served.ask("GET", "/").text()).isEqualTo("ok");
    }
    TestProxy.await("no connection is left", () -> connections() == 0);
  }
}
