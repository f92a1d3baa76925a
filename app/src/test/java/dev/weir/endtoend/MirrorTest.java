package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.HandlerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Copies of requests, by curl and by grpc-java. */
@ExtendWith(NoLeaks.class)
class MirrorTest {
  private static final int REQUESTS = 400;
  private static final MethodDescriptor.Marshaller<String> TEXT =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(String value) {
          return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
          try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  @RegisterExtension static final Parts PARTS = new Parts();

  private final Program curl = Program.needed("curl");
  @TempDir private Path dir;

  @BeforeAll
  static void parts() {
    String version = NettyChannelBuilder.class.getPackage().getImplementationVersion();
    PARTS.ran("grpc-java", Objects.requireNonNullElse(version, ""));
  }

  /** A backend that counts what it is asked. */
  private static ScriptedServer counting(AtomicInteger requests) throws IOException {
    return ScriptedServer.start(peer -> {
      while (true) {
        peer.readMessage();
        requests.incrementAndGet();
        peer.send("HTTP/1.1 200 OK|Content-Length: 2||ok");
      }
    });
  }

  private static String route(String name, String share) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: %1$s}
    spec:
      parentRefs: [{name: edge}]
      rules:
      - matches: [{path: {value: /%1$s}}]
        filters:
        - type: RequestMirror
          requestMirror: {backendRef: {group: weir.dev, kind: Backend, name: %1$s}%2$s}
        backendRefs: [{group: weir.dev, kind: Backend, name: main}]
    ---
    """
        .formatted(name, share);
  }

  private String admin(TestGateway gateway, String page) throws Exception {
    InetSocketAddress admin = Objects.requireNonNull(gateway.standalone().adminAddress());
    return curl.run("-sSf", "http://" + admin.getAddress().getHostAddress() + ":15000" + page)
        .succeeded();
  }

  /** Whether no attempt at any backend runs, so that all copies have arrived. */
  private boolean idle(TestGateway gateway) throws Exception {
    for (JsonNode worker : JsonMapper.shared().readTree(admin(gateway, "/clusters"))) {
      for (JsonNode cluster : worker.get("clusters")) {
        for (JsonNode endpoint : cluster.get("endpoints")) {
          if (endpoint.get("active").asInt() > 0) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private void ask(TestGateway gateway, String path, int times) throws Exception {
    assertThat(curl.run("-sSf", gateway.url(path + "?[1-" + times + "]")).succeeded())
        .isEqualTo("ok".repeat(times));
  }

  /** Copies of what goes to one backend of two, and of nothing else. */
  @Test
  void copiesWhatGoesToOneBackend() throws Exception {
    AtomicInteger plain = new AtomicInteger();
    AtomicInteger copied = new AtomicInteger();
    AtomicInteger copies = new AtomicInteger();
    AtomicInteger ofAll = new AtomicInteger();
    try (ScriptedServer plainServer = counting(plain);
        ScriptedServer copiedServer = counting(copied);
        ScriptedServer copiesServer = counting(copies);
        ScriptedServer ofAllServer = counting(ofAll);
        TestGateway gateway =
            TestGateway.start(
                dir,
                options ->
                    options.withAdmin(
                        new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 15000)),
                List.of(TestGateway.HTTP_LISTENER),
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: route}
                spec:
                  parentRefs: [{name: edge}]
                  rules:
                  - filters:
                    - type: RequestMirror
                      requestMirror: {backendRef: {group: weir.dev, kind: Backend, name: all}}
                    backendRefs:
                    - {group: weir.dev, kind: Backend, name: plain}
                    - group: weir.dev
                      kind: Backend
                      name: copied
                      filters:
                      - type: RequestMirror
                        requestMirror: {backendRef: {group: weir.dev, kind: Backend, name: copies}}
                ---
                """
                    + Yaml.backend("plain", plainServer.address())
                    + Yaml.backend("copied", copiedServer.address())
                    + Yaml.backend("copies", copiesServer.address())
                    + Yaml.backend("all", ofAllServer.address()))) {
      ask(gateway, "/", REQUESTS);

      Eventually.holds("all copies have arrived", () -> idle(gateway));
      assertThat(plain.get() + copied.get()).isEqualTo(REQUESTS);
      assertThat(copied).hasPositiveValue();
      assertThat(plain).hasPositiveValue();
      assertThat(copies).hasValue(copied.get());
      assertThat(ofAll).hasValue(REQUESTS);
    }
  }

  /** Bounds are six standard deviations of the binomial distribution wide, to both sides. */
  @Test
  void copiesTheShareThatTheRouteSays() throws Exception {
    AtomicInteger main = new AtomicInteger();
    AtomicInteger all = new AtomicInteger();
    AtomicInteger half = new AtomicInteger();
    AtomicInteger quarter = new AtomicInteger();
    AtomicInteger none = new AtomicInteger();
    try (ScriptedServer mainServer = counting(main);
        ScriptedServer allServer = counting(all);
        ScriptedServer halfServer = counting(half);
        ScriptedServer quarterServer = counting(quarter);
        ScriptedServer noneServer = counting(none);
        TestGateway gateway =
            TestGateway.start(
                dir,
                options ->
                    options.withAdmin(
                        new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 15000)),
                List.of(TestGateway.HTTP_LISTENER),
                Yaml.backend("main", mainServer.address()),
                Yaml.backend("all", allServer.address()),
                Yaml.backend("half", halfServer.address()),
                Yaml.backend("quarter", quarterServer.address()),
                Yaml.backend("none", noneServer.address()),
                route("all", ""),
                route("half", ", percent: 50"),
                route("quarter", ", fraction: {numerator: 1, denominator: 4}"),
                route("none", ", percent: 0"))) {
      assertThat(gateway.standalone().state().problems()).isEmpty();
      ask(gateway, "/all", 50);
      ask(gateway, "/half", REQUESTS);
      ask(gateway, "/quarter", REQUESTS);
      ask(gateway, "/none", 50);
      Eventually.holds("no copy is on its way", () -> idle(gateway));
      assertThat(main).hasValue(50 + REQUESTS + REQUESTS + 50);
      assertThat(all).hasValue(50);
      assertThat(half.get()).isBetween(140, 260);
      assertThat(quarter.get()).isBetween(48, 152);
      assertThat(none).hasValue(0);
      Exposition metrics = Exposition.of(admin(gateway, "/metrics"));
      String series =
          "weir_mirrored_requests_total{cluster=\"Backend/default/%s\",result=\"answered\"}";
      assertThat(metrics.value(series.formatted("all"))).isEqualTo(50);
      assertThat(metrics.value(series.formatted("half"))).isEqualTo(half.get());
      assertThat(metrics.value(series.formatted("quarter"))).isEqualTo(quarter.get());
    }
  }

  private static MethodDescriptor<String, String> method(String name) {
    return MethodDescriptor.<String, String>newBuilder(TEXT, TEXT)
        .setFullMethodName(name)
        .setType(MethodType.UNARY)
        .build();
  }

  /** A server for every method, which notes what it is asked. */
  private static final class Noting extends HandlerRegistry {
    final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final @Nullable String answer;

    /** Answers with this, or fails. */
    Noting(@Nullable String answer) {
      this.answer = answer;
    }

    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
      return ServerMethodDefinition.create(
          method(name),
          ServerCalls.asyncUnaryCall((message, response) -> {
            asked.add(name + " " + message);
            if (answer == null) {
              response.onError(Status.INTERNAL.asException());
            } else {
              response.onNext(answer);
              response.onCompleted();
            }
          }));
    }

    Server start(InetSocketAddress address) throws IOException {
      return NettyServerBuilder.forAddress(address).fallbackHandlerRegistry(this).build().start();
    }
  }

  private static InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 8000);
  }

  /** Whatever the mirror says, or if it is not there, the client never knows. */
  @Test
  void copiesCallsOfGrpc() throws Exception {
    Noting main = new Noting("main");
    Noting good = new Noting("mirror");
    Noting failing = new Noting(null);
    InetSocketAddress mainAddress = address();
    InetSocketAddress goodAddress = address();
    InetSocketAddress failingAddress = address();
    Server mainServer = main.start(mainAddress);
    Server goodServer = good.start(goodAddress);
    Server failingServer = failing.start(failingAddress);
    String route =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GRPCRoute
        metadata: {name: copied}
        spec:
          parentRefs: [{name: edge}]
          rules:
          - matches: [{method: {service: shop.Cart}}]
            filters:
            - {type: RequestMirror, requestMirror: {backendRef: {name: good, port: 80}}}
            - {type: RequestMirror, requestMirror: {backendRef: {name: failing, port: 80}}}
            - {type: RequestMirror, requestMirror: {backendRef: {name: absent, port: 80}}}
            backendRefs: [{name: main, port: 80}]
          - backendRefs: [{name: main, port: 80}]
        ---
        """;
    try (TestGateway gateway =
        TestGateway.start(
            dir,
            route,
            Yaml.service("main", "name: grpc, port: 80", mainAddress),
            Yaml.service("good", "name: grpc, port: 80", goodAddress),
            Yaml.service("failing", "name: grpc, port: 80", failingAddress),
            Yaml.service("absent", "name: grpc, port: 80", address()))) {
      assertThat(gateway.standalone().state().problems()).isEmpty();
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(gateway.ip(), TestGateway.HTTP).usePlaintext().build();
      try {
        for (String message : List.of("", "apples", "x".repeat(100_000))) {
          for (String name : List.of("shop.Cart/Add", "shop.Stock/Get")) {
            assertThat(
                    ClientCalls.blockingUnaryCall(
                        channel, method(name), CallOptions.DEFAULT, message))
                .isEqualTo("main");
            assertThat(main.asked.poll(20, TimeUnit.SECONDS)).isEqualTo(name + " " + message);
          }
          for (Noting mirror : List.of(good, failing)) {
            assertThat(mirror.asked.poll(20, TimeUnit.SECONDS))
                .isEqualTo("shop.Cart/Add " + message);
          }
        }
        assertThat(good.asked).isEmpty();
        assertThat(failing.asked).isEmpty();
      } finally {
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      }
    } finally {
      for (Server server : List.of(mainServer, goodServer, failingServer)) {
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      }
    }
  }
}
