package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.failure.Reason;
import dev.weir.proxy.plan.Action.Respond;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ChainTable;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.ClusterPlan.Balancing;
import dev.weir.proxy.plan.ClusterPlan.EndpointPlan;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.ClusterPlan.UpstreamProtocol;
import dev.weir.proxy.plan.DownstreamTls;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.HttpPlan;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.RoutePlan;
import dev.weir.proxy.plan.TcpListenerPlan;
import dev.weir.proxy.plan.UpstreamTls;
import dev.weir.proxy.server.TestProxy.Relayed;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS connections on one port that are passed through, ended and passed on, or ended for HTTP. */
@ExtendWith(NoLeaks.class)
class TlsRelayTest {
  private static final TestTls TLS = TestTls.create("localhost");

  private final InetSocketAddress address = TestProxy.freeAddress();

  // --- plans -----------------------------------------------------------------------------------

  private static DownstreamTls ended() throws IOException {
    SslContext context =
        SslContextBuilder.forServer(TLS.key(), TLS.certificate())
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
            .build();
    return DownstreamTls.of(context);
  }

  private static ChainPlan through(String name, String cluster) {
    return new ChainPlan(name, null, Plans.tcp(cluster));
  }

  private static ChainPlan ended(String name, String cluster) throws IOException {
    return new ChainPlan(name, ended(), Plans.tcp(cluster));
  }

  private ListenerPlan listener(Map<String, ChainPlan> chains) {
    return new TcpListenerPlan(
        "test", List.of(address), new ChainTable(chains, Map.of(), null, true));
  }

  private static ClusterPlan secured(String name, Upstream upstream) throws IOException {
    SslContext context =
        SslContextBuilder.forClient()
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
            .trustManager(TLS.certificate())
            .endpointIdentificationAlgorithm("")
            .build();
    return new ClusterPlan(
        name,
        UpstreamProtocol.HTTP_1,
        new UpstreamTls(context, "localhost"),
        Plans.CONNECT_NANOS,
        Balancing.ROUND_ROBIN,
        Limits.DEFAULTS,
        List.of(new EndpointPlan(upstream.address(), 1, 0, "")));
  }

  /** A TLS server that sends back what comes. */
  private static Upstream secureEcho(String name) throws IOException {
    return Upstream.start(
        TLS.serverSocket(),
        peer -> {
          peer.send(name + ":");
          while (true) {
            peer.send(peer.read(1));
          }
        });
  }

  private static Upstream plainEcho(String name) throws IOException {
    return Upstream.start(peer -> {
      peer.send(name + ":");
      while (true) {
        peer.send(peer.read(1));
      }
    });
  }

  private Peer client(String serverName) throws IOException {
    return new Peer(TLS.connect(address, serverName));
  }

  // --- which way -------------------------------------------------------------------------------

  @Test
  void servesAllKindsOnOnePort() throws Exception {
    RoutePlan route =
        Plans.route(
            new Respond(200, Reason.DIRECT_RESPONSE, "http".getBytes(StandardCharsets.US_ASCII)));
    ChainPlan http =
        new ChainPlan(
            "http", ended(), new HttpPlan("http", request -> route, HttpOptions.DEFAULTS));
    try (Upstream secure = secureEcho("secure");
        Upstream plain = plainEcho("plain");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    listener(
                        Map.of(
                            "through.example",
                            through("through", "s"),
                            "ended.example",
                            ended("ended", "p"),
                            "http.example",
                            http)),
                    Plans.cluster("s", secure.address()),
                    Plans.cluster("p", plain.address())))) {
      try (Peer client = client("through.example")) {
        assertThat(client.readUntil(":")).isEqualTo("secure:");
        assertThat(client.send("abc").read(3)).isEqualTo("abc");
      }
      Relayed relayed = proxy.relay();
      assertThat(relayed.protocol()).isEqualTo("TLS");
      assertThat(relayed.serverName()).isEqualTo("through.example");
      assertThat(relayed.received()).isGreaterThan(200); // the ClientHello, too
      try (Peer client = client("ended.example")) {
        assertThat(client.readUntil(":")).isEqualTo("plain:");
        assertThat(client.send("abc").read(3)).isEqualTo("abc");
      }
      relayed = proxy.relay();
      assertThat(relayed.protocol()).isEqualTo("TLS");
      assertThat(relayed.received()).isEqualTo(3);
      assertThat(relayed.sent()).isEqualTo(9);
      try (Peer client = client("http.example")) {
        assertThat(client.send("GET / HTTP/1.1|Host: http.example||").readMessage())
            .startsWith("HTTP/1.1 200 ")
            .endsWith("http");
      }
    }
  }

  @Test
  void closesWhatNoChainServesWithoutAnAlert() throws Exception {
    try (TestProxy proxy =
        TestProxy.start(Plans.of(listener(Map.of("a.example", through("a", "c")))))) {
      for (byte[] hello : List.of(TLS.clientHello("b.example"), TLS.clientHello(null))) {
        try (Peer client = Peer.connect(address)) {
          assertThat(client.send(hello).readAll()).isEmpty();
        }
        assertThat(proxy.refused.take().reason()).isEqualTo(Reason.NO_ROUTE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "\u0016\u0003\u0001\u0000\u0000\u0016\u0003",
        "\u0015\u0003\u0001\u0000\u0002\u0001\u0000",
        "\u0016\u0003\u0001\u0000\u0005\u0002\u0000\u0000\u0001\u0000",
        "\u0016\u0003\u0001\u0000\u0004\u0001\u00ff\u00ff\u00ff"
      })
  void nothingButAClientHelloIsPassedThrough(String bytes) throws Exception {
    BlockingQueue<String> got = new LinkedBlockingQueue<>();
    try (Upstream upstream = Upstream.start(peer -> got.add(peer.read(1)));
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    new TcpListenerPlan(
                        "test",
                        List.of(address),
                        new ChainTable(Map.of(), Map.of(), through("all", "c"), true)),
                    Plans.cluster("c", upstream.address())));
        Peer client = Peer.connect(address)) {
      client.send(bytes);
      assertThat(client.ended()).isTrue();
      assertThat(got).isEmpty();
      assertThat(upstream.connections()).isZero();
      assertThat(proxy.opened).hasValue(0);
    }
  }

  @Test
  void passesAClientHelloThatComesByteByByte() throws Exception {
    BlockingQueue<String> got = new LinkedBlockingQueue<>();
    byte[] hello = TLS.clientHello("a.example");
    try (Upstream upstream =
            Upstream.start(peer -> {
              got.add(peer.read(hello.length));
              peer.send("done");
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    listener(Map.of("a.example", through("a", "c"))),
                    Plans.cluster("c", upstream.address())));
        Peer client = Peer.connect(address)) {
      for (byte b : hello) {
        client.send(new byte[] {b});
      }
      assertThat(client.read(4)).isEqualTo("done");
      assertThat(Peer.bytes(got.take())).isEqualTo(hello);
      assertThat(proxy.opened).hasValue(1);
    }
  }

  @Test
  void passesAClientHelloInManyRecordsAsItCame() throws Exception {
    byte[] hello = TLS.clientHello("a.example");
    byte[] split = TestTls.inRecordsOf(hello, 40);
    BlockingQueue<String> got = new LinkedBlockingQueue<>();
    try (Upstream upstream =
            Upstream.start(peer -> {
              got.add(peer.read(split.length + 5));
              peer.send("done");
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    listener(Map.of("a.example", through("a", "c"))),
                    Plans.cluster("c", upstream.address())));
        Peer client = Peer.connect(address)) {
      client.send(split).send("early");
      assertThat(client.read(4)).isEqualTo("done");
      assertThat(got.take()).isEqualTo(new String(split, StandardCharsets.ISO_8859_1) + "early");
      assertThat(proxy.opened).hasValue(1);
    }
  }

  @Test
  void closesBeforeTheHandshakeWhatLeadsNowhere() throws Exception {
    try (TestProxy proxy =
            TestProxy.start(Plans.of(listener(Map.of("a.example", ended("a", "none")))));
        Peer client = Peer.connect(address)) {
      assertThat(client.send(TLS.clientHello("a.example")).readAll()).isEmpty();
      assertThat(proxy.relay().reason()).isEqualTo(Reason.NO_CLUSTER);
    }
  }

  @Test
  void aHandshakeThatFailsReachesNoEndpoint() throws Exception {
    try (Upstream upstream = plainEcho("plain");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    listener(Map.of("a.example", ended("a", "c"))),
                    Plans.cluster("c", upstream.address())))) {
      assertThatThrownBy(() -> TestTls.create("other").connect(address, "a.example"))
          .isInstanceOf(IOException.class);
      assertThat(proxy.relay().reason()).isEqualTo(Reason.DOWNSTREAM_TLS_FAILURE);
      assertThat(upstream.connections()).isZero();
    }
  }

  // --- ended TLS -------------------------------------------------------------------------------

  @Test
  void speaksTlsToTheEndpoint() throws Exception {
    try (Upstream upstream = secureEcho("secure");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(listener(Map.of("a.example", ended("a", "c"))), secured("c", upstream)));
        Peer client = client("a.example")) {
      assertThat(client.readUntil(":")).isEqualTo("secure:");
      assertThat(client.send("abc").read(3)).isEqualTo("abc");
      client.end();
      assertThat(client.ended()).isTrue();
      Relayed relayed = proxy.relay();
      assertThat(relayed.reason()).isNull();
      assertThat(relayed.received()).isEqualTo(3);
    }
  }

  @Test
  void doesNotSendInPlainTextToAnEndpointItCannotVerify() throws Exception {
    try (Upstream upstream = plainEcho("plain");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(listener(Map.of("a.example", ended("a", "c"))), secured("c", upstream)));
        Peer client = client("a.example")) {
      client.send("secret");
      assertThat(client.ended()).isTrue();
      assertThat(proxy.relay().reason()).isEqualTo(Reason.UPSTREAM_TLS_FAILURE);
    }
  }

  /** What came last is not lost when the client says close_notify right behind it. */
  @Test
  void passesTheEndOfTlsOn() throws Exception {
    BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
    try (Upstream upstream = Upstream.start(peer -> got.add(peer.readAll().length()));
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    listener(Map.of("a.example", ended("a", "c"))),
                    Plans.cluster("c", upstream.address())));
        SSLSocket client = TLS.connect(address, "a.example")) {
      client.getOutputStream().write(new byte[300_000]);
      client.shutdownOutput();
      assertThat(got.poll(10, TimeUnit.SECONDS)).isEqualTo(300_000);
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertThat(proxy.relay().reason()).isNull();
    }
  }

  @Test
  void passesTheEndOfTheEndpointOnAsCloseNotifyAndGoesOnReading() throws Exception {
    BlockingQueue<String> got = new LinkedBlockingQueue<>();
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.send("that was all").end();
              got.add(peer.readAll());
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    listener(Map.of("a.example", ended("a", "c"))),
                    Plans.cluster("c", upstream.address())));
        SSLSocket client = TLS.connect(address, "a.example")) {
      InputStream in = client.getInputStream();
      assertThat(new String(in.readAllBytes(), StandardCharsets.US_ASCII))
          .isEqualTo("that was all");
      client.getOutputStream().write("still here".getBytes(StandardCharsets.US_ASCII));
      client.shutdownOutput();
      assertThat(got.poll(10, TimeUnit.SECONDS)).isEqualTo("still here");
      assertThat(proxy.relay().reason()).isNull();
    }
  }

  @Test
  void aResetOfTheEndpointIsNoCleanEndOfTls() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              peer.send(peer.read(1));
              peer.abort();
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    listener(Map.of("a.example", ended("a", "c"))),
                    Plans.cluster("c", upstream.address())));
        SSLSocket client = TLS.connect(address, "a.example")) {
      client.getOutputStream().write('x');
      InputStream in = client.getInputStream();
      assertThatThrownBy(
              () -> {
                while (in.read() >= 0) {
                  // the byte before the reset may come, or not
                }
              })
          .isInstanceOf(IOException.class);
      assertThat(proxy.relay().reason()).isEqualTo(Reason.UPSTREAM_RESET);
    }
  }

  @Test
  void passesMuchThroughTlsToASlowReader() throws Exception {
    int size = 30_000_000;
    try (Upstream upstream =
            Upstream.start(
                TLS.serverSocket(),
                peer -> {
                  peer.send(new byte[size]).end();
                  peer.readAll();
                });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(listener(Map.of("a.example", ended("a", "c"))), secured("c", upstream)));
        Socket client = TLS.connect(address, "a.example")) {
      InputStream in = client.getInputStream();
      byte[] some = new byte[64 * 1024];
      long all = 0;
      int count = 0;
      for (int read = in.read(some); read >= 0; read = in.read(some)) {
        all += read;
        if (++count % 100 == 0) {
          Thread.sleep(1);
        }
      }
      assertThat(all).isEqualTo(size);
      client.shutdownOutput();
      assertThat(proxy.relay().sent()).isEqualTo(size);
    }
  }
}
