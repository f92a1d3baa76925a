package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Reason;
import dev.weir.core.time.Ticker;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.Plan;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Endpoints that are known by name, and a DNS server whose answers change. */
@ExtendWith(NoLeaks.class)
class DnsTest {
  private static final String OLD = "127.0.0.2";
  private static final String NEW = "127.0.0.3";

  private final InetSocketAddress address = TestProxy.freeAddress();
  private final AtomicLong seconds = new AtomicLong();
  private final NameServer dns = new NameServer();
  private final TestProxy proxy =
      TestProxy.asking(dns, () -> Ticker.system().nanos() + seconds.get() * 1_000_000_000L);
  private Upstream old;
  private Upstream moved;

  @BeforeEach
  void start() throws IOException {
    ServerSocket first = new ServerSocket(0, 50, InetAddress.ofLiteral(OLD));
    old = Upstream.start(first, peer -> Upstream.answerAll(peer, "old"));
    ServerSocket second = new ServerSocket(first.getLocalPort(), 50, InetAddress.ofLiteral(NEW));
    moved = Upstream.start(second, peer -> Upstream.answerAll(peer, "new"));
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    dns.close();
    old.close();
    moved.close();
  }

  private Plan plan(String... names) {
    int port = old.address().getPort();
    return Plans.of(
        address,
        Plans.to(names[0]),
        Stream.of(names)
            .map(name -> Plans.cluster(name, InetSocketAddress.createUnresolved(name, port)))
            .toArray(ClusterPlan[]::new));
  }

  private String ask() throws IOException {
    String answer = Peer.ask(address, "GET / HTTP/1.1|Host: h||");
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }

  private void passes(int many) {
    seconds.addAndGet(many);
  }

  @Test
  void knowsTheAddressesBeforeTheFirstRequest() throws Exception {
    dns.put("svc.example", 60, OLD);

    proxy.install(plan("svc.example"));

    // On both workers.
    for (int i = 0; i < 20; i++) {
      assertThat(ask()).isEqualTo("old");
    }
    assertThat(dns.asked("svc.example")).isEqualTo(1);
  }

  @Test
  void followsANameWhenItsTimeToLiveIsOver() throws Exception {
    dns.put("svc.example", 60, OLD).put("other.example", 30, OLD);
    proxy.install(plan("svc.example", "other.example"));
    assertThat(ask()).isEqualTo("old");
    dns.put("svc.example", 60, NEW);

    passes(31);
    TestProxy.await("another question", () -> dns.asked("other.example") == 2);
    assertThat(dns.asked("svc.example")).isEqualTo(1);
    assertThat(ask()).isEqualTo("old");

    passes(30);
    TestProxy.await("the other backend", () -> ask().equals("new"));
  }

  @Test
  void usesAllAddressesOfAName() throws Exception {
    dns.put("svc.example", 60, OLD, NEW);
    proxy.install(plan("svc.example"));

    List<String> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      answers.add(ask());
    }
    assertThat(answers).contains("old", "new");
  }

  @Test
  void takesTheShortestTimeOfTheAliasesOnTheWay() throws Exception {
    dns.put("svc.example", 20, "real.example").put("real.example", 300, OLD);
    proxy.install(plan("svc.example"));
    assertThat(ask()).isEqualTo("old");
    dns.put("svc.example", 20, "other.example").put("other.example", 300, NEW);

    passes(21);

    TestProxy.await("the other backend", () -> ask().equals("new"));
  }

  @Test
  void keepsTheAddressesWhileDnsIsBroken() throws Exception {
    dns.put("svc.example", 60, OLD);
    proxy.install(plan("svc.example"));
    dns.broken(true);
    passes(61);
    TestProxy.await("another question", () -> dns.asked("svc.example") > 1);
    assertThat(ask()).isEqualTo("old");

    dns.put("svc.example", 60, NEW);
    dns.broken(false);
    passes(2);

    TestProxy.await("the other backend", () -> ask().equals("new"));
  }

  @Test
  void answersThatThereIsNoBackendUntilTheNameExists() throws Exception {
    proxy.install(plan("svc.example"));
    assertThat(ask()).isEqualTo("no-healthy-upstream\n");
    assertThat(proxy.seen().reason()).isEqualTo(Reason.NO_HEALTHY_UPSTREAM);

    dns.put("svc.example", 60, OLD);
    passes(2);

    TestProxy.await("the other backend", () -> ask().equals("old"));
  }

  @Test
  void aSilentServerHoldsAPlanUpForASecondOnly() throws Exception {
    dns.silent();
    long start = System.nanoTime();

    proxy.install(plan("svc.example"));

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
    assertThat(ask()).isEqualTo("no-healthy-upstream\n");
  }

  @Test
  void asksNoLongerForNamesThatNobodyHas() throws Exception {
    dns.put("gone.example", 10, OLD).put("svc.example", 30, OLD);
    proxy.install(plan("gone.example", "svc.example"));
    proxy.install(plan("svc.example"));

    passes(31);
    TestProxy.await("another question", () -> dns.asked("svc.example") == 2);

    assertThat(dns.asked("gone.example")).isEqualTo(1);
    assertThat(proxy.snapshot().getFirst().clusters()).hasSize(1);
  }

  @Test
  void prefersIpv4() throws Exception {
    dns.put("svc.example", 60, "::1", OLD);
    proxy.install(plan("svc.example"));

    assertThat(List.of(ask(), ask(), ask())).containsOnly("old");
  }
}
