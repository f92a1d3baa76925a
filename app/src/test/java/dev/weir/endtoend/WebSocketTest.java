package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A WebSocket client of another project, through the gateway, to a server of another project. */
@ExtendWith(NoLeaks.class)
@TestInstance(Lifecycle.PER_CLASS)
class WebSocketTest {
  private static final Path CLIENTS = Path.of("../it/clients").toAbsolutePath().normalize();
  private static final String SCRIPT = CLIENTS.resolve("websocket.mjs").toString();

  @RegisterExtension static final Parts PARTS = new Parts();

  private final Program node = Program.needed("node");
  private Program.Running server;
  private TestGateway gateway;

  @BeforeAll
  void start(@TempDir Path dir) throws Exception {
    Path ws = CLIENTS.resolve("node_modules/ws/package.json");
    assumeTrue(
        Files.exists(ws),
        () -> "the npm package ws is not installed; .ci/run does: npm install --prefix it/clients");
    InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 8000);
    server =
        node.start(
            dir.resolve("server.log"),
            SCRIPT,
            "server",
            address.getAddress().getHostAddress(),
            "8000");
    Eventually.holds(
        "the server is ready", () -> Files.readString(server.log()).startsWith("ready"));
    TestCertificate certificate = TestCertificate.of("weir.test");
    gateway =
        TestGateway.start(
            dir,
            options -> options,
            List.of(TestGateway.HTTP_LISTENER, TestGateway.HTTPS_LISTENER),
            certificate.secret("server"),
            Yaml.backend("sockets", address),
            Yaml.route("sockets", "/"));
    String version =
        JsonMapper.builder().build().readTree(Files.readString(ws)).path("version").asString();
    PARTS.ran(
        "npm ws, client and server", version + " on node " + node.run("--version").succeeded());
  }

  @AfterAll
  void stop() throws IOException {
    if (gateway != null) {
      gateway.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ws", "wss"})
  void conversesAndClosesAsTheEndsWant(String scheme) throws Exception {
    String url =
        scheme.equals("ws")
            ? "ws://" + gateway.ip() + ":8080/chat?room=1"
            : "wss://" + gateway.ip() + ":8443/chat?room=1";
    Program.Run run =
        // The URL has an address, and the certificate a name.
        node.withEnvironment("NODE_TLS_REJECT_UNAUTHORIZED", "0").run(SCRIPT, "client", url);

    JsonNode seen = JsonMapper.builder().build().readTree(run.succeeded());
    assertThat(seen.path("error").asString("")).isEmpty();
    assertThat(seen.path("hello").asString()).isEqualTo("hello /chat?room=1 127.0.0.1");
    assertThat(seen.path("protocol").asString()).isEqualTo("chat.example");
    assertThat(seen.path("sent").asInt()).isEqualTo(8);
    assertThat(seen.path("echoed").asInt()).isEqualTo(8);
    assertThat(seen.path("wrong").asInt()).isZero();
    assertThat(seen.path("pongs").asInt()).isEqualTo(1);
    assertThat(seen.path("code").asInt()).isEqualTo(4001);
    Eventually.holds(
        "the server has seen the close",
        () -> Files.readString(server.log()).contains("closed 4001 enough"));
  }

  @Test
  void theJdksClientConverses() throws Exception {
    CompletableFuture<String> greeting = new CompletableFuture<>();
    CompletableFuture<String> echo = new CompletableFuture<>();
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    try (HttpClient client = HttpClient.newHttpClient()) {
      WebSocket socket =
          client
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create("ws://" + gateway.ip() + ":8080/jdk"),
                  new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(
                        WebSocket from, CharSequence data, boolean last) {
                      from.request(1);
                      (greeting.complete(data.toString()) ? greeting : echo)
                          .complete(data.toString());
                      return CompletableFuture.completedFuture(null);
                    }

                    @Override
                    public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
                      closed.complete(status);
                      return CompletableFuture.completedFuture(null);
                    }
                  })
              .get(20, TimeUnit.SECONDS);
      assertThat(greeting.get(20, TimeUnit.SECONDS)).startsWith("hello /jdk");
      socket.sendText("ping me", true).get(20, TimeUnit.SECONDS);
      assertThat(echo.get(20, TimeUnit.SECONDS)).isEqualTo("ping me");
      socket.sendClose(1000, "").get(20, TimeUnit.SECONDS);
      assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1000);
    }
    PARTS.ran("java.net.http WebSocket", Runtime.version().toString());
  }
}
