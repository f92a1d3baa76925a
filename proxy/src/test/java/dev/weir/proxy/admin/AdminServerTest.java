package dev.weir.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.proxy.admin.AdminPage.Answer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
final class AdminServerTest {
  private final AtomicInteger drained = new AtomicInteger();
  private AdminServer admin;

  @BeforeEach
  void start() throws Exception {
    admin =
        AdminServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            List.of(
                new AdminPage("GET", "/ready", "ready?", () -> Answer.text(200, "ready\n")),
                new AdminPage(
                    "GET",
                    "/broken",
                    "fails",
                    () -> {
                      throw new IllegalStateException("secret detail");
                    }),
                new AdminPage(
                    "POST",
                    "/drain",
                    "drain",
                    () -> Answer.text(200, "drains: " + drained.incrementAndGet() + "\n"))));
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  private String answer(String method, String path, String host) throws Exception {
    try (Socket socket = new Socket(admin.address().getAddress(), admin.address().getPort())) {
      socket
          .getOutputStream()
          .write(
              (method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void servesPagesAndTheirList() throws Exception {
    assertThat(answer("GET", "/ready", "127.0.0.1:9"))
        .startsWith("HTTP/1.1 200")
        .endsWith("ready\n");
    assertThat(answer("GET", "/", "localhost")).contains("/drain").contains("/ready");
    assertThat(answer("GET", "/nothing", "localhost")).startsWith("HTTP/1.1 404");
  }

  @Test
  void doesThingsOnlyOnPost() throws Exception {
    assertThat(answer("GET", "/drain", "localhost")).startsWith("HTTP/1.1 405");
    assertThat(drained).hasValue(0);
    assertThat(answer("POST", "/drain", "localhost")).startsWith("HTTP/1.1 200");
    assertThat(drained).hasValue(1);
  }

  @Test
  void doesNothingForOtherMachines() {
    InetSocketAddress local = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 15000);
    assertThat(AdminServer.isHere(InetAddress.ofLiteral("127.0.0.1"), local)).isTrue();
    assertThat(AdminServer.isHere(InetAddress.ofLiteral("::1"), local)).isTrue();
    assertThat(AdminServer.isHere(InetAddress.ofLiteral("192.0.2.1"), local)).isTrue();
    assertThat(AdminServer.isHere(InetAddress.ofLiteral("192.0.2.2"), local)).isFalse();
  }

  @Test
  void aPageThatFailsIsAnAnswerToo() throws Exception {
    assertThat(answer("GET", "/broken", "localhost"))
        .startsWith("HTTP/1.1 500")
        .doesNotContain("secret detail");
    assertThat(answer("GET", "/ready", "localhost")).startsWith("HTTP/1.1 200");
  }

  @Test
  void refusesNamesThatABrowserWasLedHereBy() throws Exception {
    assertThat(answer("POST", "/drain", "rebound.example.com")).startsWith("HTTP/1.1 421");
    assertThat(drained).hasValue(0);
  }
}
