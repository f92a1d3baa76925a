package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.problem.Problem;
import dev.weir.proxy.observe.AccessLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What GatewayParameters say of HTTP, on the wire; they change while the gateway runs. */
@ExtendWith(NoLeaks.class)
class GatewayParametersTest {
  private static final String GET = "GET /a HTTP/1.1|Host: h|";
  private static final String FORWARDED = GET + "X-Forwarded-For: 192.0.2.7||";

  @TempDir private Path dir;

  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private ScriptedServer server;
  private Path log;
  private TestGateway gateway;

  @BeforeEach
  void start() throws Exception {
    server =
        ScriptedServer.start(peer -> {
          while (true) {
            String head = peer.readHead();
            seen.add(head);
            if (head.contains("\r\nUpgrade: ")) {
              peer.send("HTTP/1.1 101 Switching Protocols|Connection: Upgrade|Upgrade: chat/2||hi");
              peer.readUntil("bye");
              peer.send("bye").end();
              return;
            }
            peer.send("HTTP/1.1 200 OK|Content-Length: 2||ok");
          }
        });
    log = dir.resolve("access.log");
    gateway =
        TestGateway.start(
            dir,
            options -> options.withAccessLog(log, AccessLog.Format.TEXT),
            List.of(TestGateway.HTTP_LISTENER),
            Yaml.backend("shop", server.address()),
            Yaml.route("shop", "/a"));
  }

  @AfterEach
  void stop() throws IOException {
    gateway.close();
    server.close();
  }

  /** Gives the Gateway parameters; returns before it has seen them. */
  private void write(String spec) throws IOException {
    gateway.replace(
        "gateway.yaml",
        Yaml.withParameters(Yaml.gateway(gateway.ip(), TestGateway.HTTP_LISTENER), spec));
  }

  private String asked() throws InterruptedException {
    return String.valueOf(seen.poll(20, TimeUnit.SECONDS));
  }

  private String forwardedFor() throws Exception {
    Peer.ask(gateway.http(), FORWARDED);
    return asked().replaceAll("(?is).*\r\nX-Forwarded-For: ([^\r]*)\r\n.*", "$1");
  }

  @Test
  void whoComesFromATrustedRangeMaySayWhoTheClientIs() throws Exception {
    assertThat(forwardedFor()).startsWith("127.");

    write("{http: {clientAddress: {trustedCidrs: [127.0.0.0/8]}}}");
    Eventually.holds("trusted", () -> forwardedFor().startsWith("192.0.2.7, 127."));
    Eventually.holds(
        "in the log",
        () -> {
          assertThat(Files.readString(log)).contains("Z 192.0.2.7 \"GET h/a HTTP/1.1\" 200 ");
          return true;
        });

    write("{http: {clientAddress: {trustedCidrs: [10.0.0.0/8, \"2001:db8::/32\"]}}}");
    Eventually.holds("not trusted", () -> forwardedFor().startsWith("127."));

    write("{http: {clientAddress: {trustedHops: 1}}}");
    Eventually.holds("one hop is trusted", () -> forwardedFor().startsWith("192.0.2.7, 127."));
  }

  @Test
  void theReasonCanBeKeptToOneself() throws Exception {
    String nowhere = "GET /nowhere HTTP/1.1|Host: h||";
    assertThat(Peer.ask(gateway.http(), nowhere)).contains("\r\nweir-reason: no-route\r\n");

    write("{http: {reasonHeader: false}}");
    Eventually.holds("no reason", () -> !Peer.ask(gateway.http(), nowhere).contains("weir-reason"));
    assertThat(Peer.ask(gateway.http(), nowhere)).startsWith("HTTP/1.1 404 ");
    Eventually.holds("the log has it", () -> Files.readString(log).contains("reason=no-route"));
  }

  @Test
  void onlyListedProtocolsMayBeUpgradedTo() throws Exception {
    write("{http: {upgrades: [chat/2]}}");
    Eventually.holds(
        "others are not asked for",
        () -> {
          try (Peer client = Peer.connect(gateway.http())) {
            client.send(GET + "Connection: Upgrade|Upgrade: other||");
            String head = client.readHead();
            client.send("bye");
            return head.startsWith("HTTP/1.1 200 ");
          }
        });
    seen.clear();
    try (Peer client = Peer.connect(gateway.http())) {
      client.send(GET + "Connection: Upgrade|Upgrade: chat/2||");
      assertThat(client.readHead()).startsWith("HTTP/1.1 101 ").contains("Upgrade: chat/2\r\n");
      assertThat(asked()).contains("\r\nUpgrade: chat/2\r\n");
      client.send("bye");
      assertThat(client.readAll()).isEqualTo("hibye");
    }
  }

  @Test
  void limitsAreThoseOfTheParameters() throws Exception {
    String many = GET + "a: 1|".repeat(20) + "|";
    assertThat(Peer.ask(gateway.http(), many)).startsWith("HTTP/1.1 200 ");

    write("{http: {limits: {requestHeaders: 10}}}");
    Eventually.holds(
        "too many fields", () -> Peer.ask(gateway.http(), many).startsWith("HTTP/1.1 431 "));
    assertThat(Peer.ask(gateway.http(), GET + "|")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void whatBecomesInvalidStaysAsItWas() throws Exception {
    write("{http: {clientAddress: {trustedHops: 1}}}");
    Eventually.holds("trusted", () -> forwardedFor().startsWith("192.0.2.7, "));

    write("{http: {clientAddress: {trustedHops: 1, trustedCidrs: [10.0.0.0/33]}}}");
    Eventually.holds(
        "findings",
        () -> {
          assertThat(gateway.standalone().state().problems())
              .extracting(Problem::path)
              .contains("spec.http.clientAddress", "spec.http.clientAddress.trustedCidrs[0]");
          return true;
        });
    assertThat(forwardedFor()).startsWith("192.0.2.7, ");
  }
}
