package dev.weir.beside;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ExternalAuth with protocol HTTP, with the JDK's server and client. */
class HttpAuthTest {
  private static final String FILTER =
      """
      {type: ExternalAuth, externalAuth: {
        protocol: HTTP,
        backendRef: {group: weir.dev, kind: Backend, name: auth},
        http: {path: /check, allowedHeaders: [X-Team], allowedResponseHeaders: [X-User]}}}
      """;
  private static final String WITH_BODY =
      """
      {type: ExternalAuth, externalAuth: {
        protocol: HTTP,
        backendRef: {group: weir.dev, kind: Backend, name: auth},
        http: {}, forwardBody: {maxSize: 10}}}
      """;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(Redirect.NEVER)
          .build();

  @TempDir Path directory;

  private Edge edge(RecordingServer main, RecordingServer auth) throws IOException {
    return Edge.start(
        directory,
        Edge.route("/", FILTER),
        Edge.route("/body", WITH_BODY),
        Edge.backend("main", "HTTP1", main.address()),
        Edge.backend("auth", "HTTP1", auth.address()));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static String text(byte[] body) {
    return new String(body, StandardCharsets.US_ASCII);
  }

  @Test
  void theServiceDecides() throws Exception {
    try (RecordingServer main = RecordingServer.answering(200, "main", Map.of());
        RecordingServer auth =
            RecordingServer.start((request, exchange) -> {
              switch (String.valueOf(request.headers().getFirst("Authorization"))) {
                case "Bearer good" ->
                    RecordingServer.reply(
                        exchange, 200, "", Map.of("X-User", "ann", "X-Secret", "s"));
                case "Bearer anonymous" -> RecordingServer.reply(exchange, 200, "", Map.of());
                case "Bearer broken" -> RecordingServer.reply(exchange, 500, "stack", Map.of());
                default ->
                    RecordingServer.reply(
                        exchange,
                        302,
                        "to the login",
                        Map.of("Location", "/login", "Set-Cookie", "flow=1"));
              }
            });
        Edge edge = edge(main, auth)) {
      HttpResponse<String> allowed =
          send(
              HttpRequest.newBuilder(edge.at("/cart?id=7"))
                  .header("Authorization", "Bearer good")
                  .header("X-Team", "blue")
                  .header("X-User", "eve")
                  .POST(BodyPublishers.ofString("hello")));
      assertThat(allowed.statusCode()).isEqualTo(200);
      assertThat(allowed.body()).isEqualTo("main");
      RecordingServer.Seen question = auth.next();
      assertThat(question.method()).isEqualTo("POST");
      assertThat(question.target()).isEqualTo("/check/cart?id=7");
      assertThat(question.headers().getFirst("Host")).isEqualTo(edge.at("/").getAuthority());
      assertThat(question.headers().getFirst("X-team")).isEqualTo("blue");
      assertThat(question.headers().getFirst("Content-length")).isEqualTo("0");
      assertThat(question.headers()).doesNotContainKeys("X-user", "X-forwarded-for");
      RecordingServer.Seen request = main.next();
      assertThat(request.target()).isEqualTo("/cart?id=7");
      assertThat(request.headers().get("X-user")).containsExactly("ann");
      assertThat(request.headers()).doesNotContainKey("X-secret");
      assertThat(text(request.body())).isEqualTo("hello");

      HttpResponse<String> anonymous =
          send(
              HttpRequest.newBuilder(edge.at("/"))
                  .header("Authorization", "Bearer anonymous")
                  .header("X-User", "eve"));
      assertThat(anonymous.statusCode()).isEqualTo(200);
      assertThat(main.next().headers()).doesNotContainKey("X-user");

      HttpResponse<String> denied = send(HttpRequest.newBuilder(edge.at("/")));
      assertThat(denied.statusCode()).isEqualTo(302);
      assertThat(denied.body()).isEqualTo("to the login");
      assertThat(denied.headers().firstValue("Location")).contains("/login");
      assertThat(denied.headers().firstValue("Set-Cookie")).contains("flow=1");
      assertThat(denied.headers().firstValue("weir-reason")).contains("auth-denied");

      HttpResponse<String> broken =
          send(HttpRequest.newBuilder(edge.at("/")).header("Authorization", "Bearer broken"));
      assertThat(broken.statusCode()).isEqualTo(503);
      assertThat(broken.body()).isEqualTo("auth-unavailable\n");
      assertThat(main.requests).isEmpty();
    }
  }

  @Test
  void theServiceSeesBodiesUpToTheLimit() throws Exception {
    try (RecordingServer main = RecordingServer.answering(200, "main", Map.of());
        RecordingServer auth = RecordingServer.answering(200, "", Map.of("X-User", "ann"));
        Edge edge = edge(main, auth)) {
      assertThat(
              send(HttpRequest.newBuilder(edge.at("/body"))
                      .PUT(BodyPublishers.ofString("0123456789")))
                  .statusCode())
          .isEqualTo(200);
      RecordingServer.Seen question = auth.next();
      assertThat(question.target()).isEqualTo("/body");
      assertThat(text(question.body())).isEqualTo("0123456789");
      RecordingServer.Seen request = main.next();
      assertThat(text(request.body())).isEqualTo("0123456789");
      assertThat(request.headers().getFirst("X-user")).isEqualTo("ann");

      HttpResponse<String> tooLong =
          send(
              HttpRequest.newBuilder(edge.at("/body")).PUT(BodyPublishers.ofString("0123456789a")));
      assertThat(tooLong.statusCode()).isEqualTo(413);
      assertThat(auth.requests).isEmpty();
      assertThat(main.requests).isEmpty();
    }
  }

  @Test
  void withoutTheServiceNothingPasses() throws Exception {
    RecordingServer auth = RecordingServer.answering(200, "", Map.of());
    try (RecordingServer main = RecordingServer.answering(200, "main", Map.of());
        Edge edge = edge(main, auth)) {
      assertThat(send(HttpRequest.newBuilder(edge.at("/"))).statusCode()).isEqualTo(200);
      main.next();
      auth.close();
      HttpResponse<String> refused = send(HttpRequest.newBuilder(edge.at("/")));
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue("weir-reason")).contains("auth-unavailable");
      assertThat(main.requests).isEmpty();
    }
  }

  /** The service of one backend is asked about the requests for it, and about no others. */
  @Test
  void guardsOneBackend() throws Exception {
    try (RecordingServer main = RecordingServer.answering(200, "main", Map.of());
        RecordingServer guarded = RecordingServer.answering(200, "guarded", Map.of());
        RecordingServer auth =
            RecordingServer.start((request, exchange) -> {
              boolean good = "Bearer good".equals(request.headers().getFirst("Authorization"));
              RecordingServer.reply(exchange, good ? 200 : 403, good ? "" : "no", Map.of());
            });
        Edge edge =
            Edge.start(
                directory,
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: route}
                spec:
                  parentRefs: [{name: edge}]
                  rules:
                  - backendRefs:
                    - {group: weir.dev, kind: Backend, name: main}
                    - {group: weir.dev, kind: Backend, name: guarded, filters: [%1$s]}
                  - matches: [{path: {value: /only}}]
                    backendRefs:
                    - {group: weir.dev, kind: Backend, name: guarded, filters: [%1$s]}
                """
                    .formatted(FILTER),
                Edge.backend("main", "HTTP1", main.address()),
                Edge.backend("guarded", "HTTP1", guarded.address()),
                Edge.backend("auth", "HTTP1", auth.address()))) {
      Map<String, Integer> answers = new HashMap<>();
      for (int i = 0; i < 100; i++) {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(edge.at("/")));
        answers.merge(answer.statusCode() + " " + answer.body(), 1, Integer::sum);
      }
      assertThat(answers).containsOnlyKeys("200 main", "403 no");
      for (int i = answers.getOrDefault("403 no", 0); i > 0; i--) {
        assertThat(auth.next().target()).isEqualTo("/check/");
      }

      HttpResponse<String> only =
          send(HttpRequest.newBuilder(edge.at("/only")).header("Authorization", "Bearer good"));
      assertThat(only.body()).isEqualTo("guarded");
      // The first since: nothing but what was for the guarded backend was asked about.
      assertThat(auth.next().target()).isEqualTo("/check/only");
      assertThat(guarded.next().target()).isEqualTo("/only");
    }
  }
}
