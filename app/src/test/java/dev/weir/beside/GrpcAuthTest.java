package dev.weir.beside;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ExternalAuth with protocol GRPC, with a service on grpc-java. */
class GrpcAuthTest {
  private static final String FILTER =
      """
      {type: ExternalAuth, externalAuth: {
        protocol: GRPC,
        backendRef: {group: weir.dev, kind: Backend, name: auth},
        grpc: {}, forwardBody: {maxSize: 100}}}
      """;

  private final HttpClient client = HttpClient.newHttpClient();
  private final BlockingQueue<AttributeContext> questions = new LinkedBlockingQueue<>();
  private final CountDownLatch end = new CountDownLatch(1);

  @TempDir Path directory;

  private Server service;
  private RecordingServer main;
  private Edge edge;

  @BeforeEach
  @SuppressWarnings("NullAway") // fields of a test are set before it
  void start() throws IOException {
    service =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Service())
            .build()
            .start();
    main = RecordingServer.answering(200, "main", Map.of());
    edge =
        Edge.start(
            directory,
            Edge.route("/", FILTER),
            Edge.backend("main", "HTTP1", main.address()),
            Edge.backend(
                "auth",
                "HTTP2",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), service.getPort())));
  }

  @AfterEach
  void stop() {
    end.countDown();
    edge.close();
    main.close();
    service.shutdownNow();
  }

  /** Does what the token asks for. */
  private final class Service extends AuthorizationGrpc.AuthorizationImplBase {
    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> out) {
      AttributeContext attributes = request.getAttributes();
      questions.add(attributes);
      String token = attributes.getRequest().getHttp().getHeadersOrDefault("authorization", "none");
      switch (token.split(" ")[0]) {
        case "user" -> {
          out.onNext(allowed(token.substring("user ".length())));
          out.onCompleted();
        }
        case "none" -> {
          out.onNext(denied());
          out.onCompleted();
        }
        case "silent" -> awaitEnd();
        case "nothing" -> out.onCompleted();
        default -> out.onError(new StatusRuntimeException(io.grpc.Status.UNAVAILABLE));
      }
    }

    private void awaitEnd() {
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static HeaderValueOption header(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
        .build();
  }

  private static CheckResponse allowed(String user) {
    return CheckResponse.newBuilder()
        .setStatus(Status.newBuilder().setCode(0))
        .setOkResponse(
            OkHttpResponse.newBuilder()
                .addHeaders(header("x-user", user))
                .addHeadersToRemove("authorization")
                .addResponseHeadersToAdd(header("x-seen-as", user)))
        .build();
  }

  private static CheckResponse denied() {
    return CheckResponse.newBuilder()
        .setStatus(Status.newBuilder().setCode(16))
        .setDeniedResponse(
            DeniedHttpResponse.newBuilder()
                .setStatus(HttpStatus.newBuilder().setCode(StatusCode.Unauthorized))
                .addHeaders(header("www-authenticate", "Bearer"))
                .setBody("who are you?"))
        .build();
  }

  private HttpRequest.Builder as(String token) {
    return HttpRequest.newBuilder(edge.at("/cart?id=7"))
        .header("Authorization", token)
        .header("X-User", "eve");
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void theServiceSeesTheRequestAndChangesIt() throws Exception {
    HttpResponse<String> response = send(as("user ann").POST(BodyPublishers.ofString("hello")));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("x-seen-as")).contains("ann");
    AttributeContext question = questions.poll(1, TimeUnit.SECONDS);
    assertThat(question).isNotNull();
    assertThat(question.getSource().getAddress().getSocketAddress().getAddress())
        .startsWith("127.");
    assertThat(question.getDestination().getAddress().getSocketAddress().getPortValue())
        .isEqualTo(8080);
    AttributeContext.HttpRequest http = question.getRequest().getHttp();
    assertThat(http.getMethod()).isEqualTo("POST");
    assertThat(http.getPath()).isEqualTo("/cart?id=7");
    assertThat(http.getHost()).isEqualTo(edge.at("/").getAuthority());
    assertThat(http.getBody()).isEqualTo("hello");
    assertThat(http.getHeadersMap()).containsEntry("x-user", "eve");
    RecordingServer.Seen request = main.next();
    assertThat(new String(request.body(), StandardCharsets.US_ASCII)).isEqualTo("hello");
    assertThat(request.headers().get("X-user")).containsExactly("ann");
    assertThat(request.headers()).doesNotContainKey("Authorization");
  }

  @Test
  void theServiceAnswers() throws Exception {
    HttpResponse<String> response = send(HttpRequest.newBuilder(edge.at("/")));

    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.headers().firstValue("www-authenticate")).contains("Bearer");
    assertThat(response.headers().firstValue("weir-reason")).contains("unauthenticated");
    assertThat(response.body()).isEqualTo("who are you?");
    assertThat(main.requests).isEmpty();
  }

  @Test
  void aServiceThatFailsOrIsSilentLetsNothingPass() throws Exception {
    for (String token : List.of("unavailable", "nothing")) {
      assertThat(send(as(token)).body()).isEqualTo("auth-unavailable\n");
    }
    long before = System.nanoTime();
    HttpResponse<String> late = send(as("silent"));
    assertThat(late.statusCode()).isEqualTo(503);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofSeconds(5));
    service.shutdownNow();
    assertThat(service.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    assertThat(send(as("user ann")).statusCode()).isEqualTo(503);
    assertThat(main.requests).isEmpty();
  }

  @Test
  void manyRequestsGetTheirOwnAnswers() throws Exception {
    Map<String, CompletableFuture<HttpResponse<String>>> answers = new HashMap<>();
    List<String> users = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      String user = "user" + i;
      users.add(user);
      answers.put(
          user,
          client.sendAsync(
              as("user " + user).POST(BodyPublishers.ofString(user)).build(),
              BodyHandlers.ofString()));
    }
    for (String user : users) {
      HttpResponse<String> response =
          java.util.Objects.requireNonNull(answers.get(user)).get(20, TimeUnit.SECONDS);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("x-seen-as")).contains(user);
    }
    for (int i = 0; i < users.size(); i++) {
      RecordingServer.Seen request = main.next();
      assertThat(request.headers().getFirst("X-user"))
          .isEqualTo(new String(request.body(), StandardCharsets.US_ASCII));
    }
  }
}
