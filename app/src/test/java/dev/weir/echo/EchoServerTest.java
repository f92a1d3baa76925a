package dev.weir.echo;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class EchoServerTest {
  private final CopyOnWriteArrayList<EchoAnswer> seen = new CopyOnWriteArrayList<>();
  private final EchoServer echo = new EchoServer(seen::add);
  private final HttpClient client = HttpClient.newHttpClient();
  private String base = "";

  @BeforeEach
  void start() throws Exception {
    InetSocketAddress address =
        echo.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new EchoIdentity("shop", "cart-v1-0"),
            new EchoPort.Plain());
    base = "127.0.0.1:" + address.getPort();
  }

  @AfterEach
  void stop() {
    echo.close();
    client.close();
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + base + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void answersWithTheRequest() throws Exception {
    JsonNode answer =
        JsonMapper.builder().build().readTree(get("/a?b=c", "x-colour", "blue").body());

    assertThat(answer.get("path").asString()).isEqualTo("/a?b=c");
    assertThat(answer.get("method").asString()).isEqualTo("GET");
    assertThat(answer.get("host").asString()).isEqualTo(base);
    assertThat(answer.get("namespace").asString()).isEqualTo("shop");
    assertThat(answer.get("pod").asString()).isEqualTo("cart-v1-0");
    assertThat(answer.get("headers").get("X-Colour").get(0).asString()).isEqualTo("blue");
    assertThat(seen).extracting(EchoAnswer::path).containsExactly("/a?b=c");
  }

  @Test
  void setsStatusAndHeadersOnRequest() throws Exception {
    HttpResponse<String> response = get("/status/503", "X-Echo-Set-Header", "a:1, b:2");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("a")).hasValue("1");
    assertThat(response.headers().firstValue("b")).hasValue("2");
  }

  @Test
  void waitsWhenAskedTo() throws Exception {
    long start = System.nanoTime();
    assertThat(get("/?delay=200ms").statusCode()).isEqualTo(200);
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(Duration.ofMillis(200).toNanos());
  }

  @Test
  void echoesWebSocketFrames() throws Exception {
    CompletableFuture<String> received = new CompletableFuture<>();
    WebSocket socket =
        client
            .newWebSocketBuilder()
            .buildAsync(
                URI.create("ws://" + base + "/ws"),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(
                      WebSocket webSocket, CharSequence data, boolean last) {
                    received.complete(data.toString());
                    return CompletableFuture.completedStage(null);
                  }
                })
            .get(5, TimeUnit.SECONDS);
    socket.sendText("hello", true);
    socket.request(1);

    assertThat(received.get(5, TimeUnit.SECONDS)).isEqualTo("hello");
    socket.abort();
  }
}
