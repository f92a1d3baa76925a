package dev.weir.proxy.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class AccessLogTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private List<String> logged(AccessLog.Format format, Iterable<CompletedExchange> exchanges)
      throws IOException {
    try (AccessLog log = new AccessLog(out, format, () -> 0, () -> 1_700_000_000_042L)) {
      ExchangeObserver worker = log.forWorker();
      exchanges.forEach(worker::completed);
      worker.rejected(
          "Gateway/shop/edge/port/80",
          "192.0.2.9",
          Failure.downstream(Reason.BAD_REQUEST, "bare LF in the request line"));
    }
    return out.toString(StandardCharsets.US_ASCII).lines().toList();
  }

  @Test
  void jsonTellsWhatHappened() throws Exception {
    List<String> lines =
        logged(
            AccessLog.Format.JSON,
            List.of(FinishedExchange.forwarded("/a?b=c", "curl/8"), FinishedExchange.unrouted()));

    assertThat(lines)
        .containsExactly(
            """
            {"time":"2023-11-14T22:13:20.042Z","client":"192.0.2.7",\
            "listener":"Gateway/shop/edge/port/80","protocol":"HTTP/1.1","method":"GET",\
            "host":"shop.example.com","path":"/a?b=c","status":200,\
            "route":"HTTPRoute/shop/cart/rule/0/match/0","cluster":"Service/shop/cart/80",\
            "endpoint":"10.0.0.1:8080","attempts":1,"bytesReceived":0,"bytesSent":1234,\
            "durationMs":1.042,"upstreamMs":0.900,"userAgent":"curl/8"}\
            """,
            """
            {"time":"2023-11-14T22:13:20.042Z","client":"192.0.2.7",\
            "listener":"Gateway/shop/edge/port/80","protocol":"HTTP/1.1","method":"GET",\
            "host":"shop.example.com","path":"/nowhere","status":404,"reason":"no-route",\
            "detail":"no route for shop.example.com","attempts":0,"bytesReceived":0,\
            "bytesSent":1234,"durationMs":0.030,"userAgent":"curl"}\
            """,
            """
            {"time":"2023-11-14T22:13:20.042Z","client":"192.0.2.9",\
            "listener":"Gateway/shop/edge/port/80","status":400,"reason":"bad-request",\
            "detail":"bare LF in the request line"}\
            """);
  }

  @Test
  void textIsForPeople() throws Exception {
    List<String> lines =
        logged(AccessLog.Format.TEXT, List.of(FinishedExchange.forwarded("/a?b=c", "curl/8")));

    assertThat(lines)
        .containsExactly(
            "2023-11-14T22:13:20.042Z 192.0.2.7 \"GET shop.example.com/a?b=c HTTP/1.1\" 200 1234B"
                + " 1.042ms HTTPRoute/shop/cart/rule/0/match/0 -> 10.0.0.1:8080",
            "2023-11-14T22:13:20.042Z 192.0.2.9 \"-\" 400 Gateway/shop/edge/port/80"
                + " reason=bad-request (bare LF in the request line)");
  }

  @ParameterizedTest
  @EnumSource
  void clientsCannotForgeLines(AccessLog.Format format) throws Exception {
    List<String> lines =
        logged(
            format,
            List.of(FinishedExchange.forwarded("/\"},\n{\"status\":200,\u0007\u00ff", "a\"b\\c")));

    assertThat(lines).hasSize(2);
    assertThat(lines.getFirst()).contains("/\\\"},\\u000a{\\\"status\\\":200,\\u0007\\u00ff");
  }
}
