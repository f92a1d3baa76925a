package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.controlplane.status.StatusText;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.HandlerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GRPCRoutes between a grpc-java client and grpc-java servers that answer every method. */
@ExtendWith(NoLeaks.class)
@TestInstance(Lifecycle.PER_CLASS)
class GrpcRouteTest {
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

  private static final String ROUTES =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GRPCRoute
      metadata: {name: matches, creationTimestamp: "2026-01-01T00:00:00Z"}
      spec:
        parentRefs: [{name: edge}]
        hostnames: [matches.test]
        rules:
        - name: a-service
          matches: [{method: {service: shop.Cart}}]
          backendRefs: [{name: one, port: 80}]
        - matches: [{method: {service: shop.Cart, method: Add}}]
          backendRefs: [{name: two, port: 80}]
        - matches: [{method: {service: shop.Cart}, headers: [{name: X-Version, value: "2"}]}]
          backendRefs: [{name: two, port: 80}]
        - matches: [{method: {method: Special}}]
          backendRefs: [{name: one, port: 80}]
        - matches: [{method: {type: RegularExpression, service: "stock[.](Shelf|Floor)", method: "Get.*"}}]
          backendRefs: [{name: one, port: 80}]
        - matches: [{headers: [{name: x-color, type: RegularExpression, value: "(light-)?blue"}]}]
          backendRefs: [{name: two, port: 80}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: GRPCRoute
      metadata: {name: filters}
      spec:
        parentRefs: [{name: edge}]
        hostnames: [filters.test]
        rules:
        - filters:
          - type: RequestHeaderModifier
            requestHeaderModifier: {set: [{name: x-set, value: new}], add: [{name: x-add, value: more}], remove: [x-remove]}
          - type: ResponseHeaderModifier
            responseHeaderModifier: {set: [{name: x-answer, value: gateway}]}
          backendRefs:
          - name: one
            port: 80
            filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-backend, value: first}]}}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: GRPCRoute
      metadata: {name: weights}
      spec:
        parentRefs: [{name: edge}]
        hostnames: [weights.test]
        rules:
        - backendRefs: [{name: one, port: 80, weight: 0}, {name: two, port: 80, weight: 3}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: GRPCRoute
      metadata: {name: sessions}
      spec:
        parentRefs: [{name: edge}]
        hostnames: [sessions.test]
        rules:
        - sessionPersistence: {type: Header, header: {name: x-session}}
          backendRefs: [{name: one, port: 80}, {name: two, port: 80}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: GRPCRoute
      metadata: {name: bad}
      spec:
        parentRefs: [{name: edge}]
        hostnames: [bad.test]
        rules:
        - matches: [{method: {service: bad.Nowhere}}]
          backendRefs: [{name: nowhere, port: 80}]
        - matches: [{method: {service: bad.Nobody}}]
        - matches: [{method: {service: bad.Empty}}]
          backendRefs: [{name: empty, port: 80}]
        - matches: [{method: {service: bad.WebSocket}}]
          backendRefs: [{name: websocket, port: 80}]
        - matches: [{method: {service: bad.Broken}}]
          filters: [{type: ExtensionRef, extensionRef: {group: example.com, kind: Guard, name: one}}]
          backendRefs: [{name: one, port: 80}]
        - matches: [{method: {service: bad.Half}}]
          backendRefs: [{name: nowhere, port: 80}, {name: one, port: 80}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: GRPCRoute
      metadata: {name: protocols}
      spec:
        parentRefs: [{name: edge}]
        hostnames: [protocols.test]
        rules:
        - matches: [{method: {service: h2c}}]
          backendRefs: [{name: h2c, port: 80}]
        - matches: [{method: {service: tls}}]
          backendRefs: [{name: tls, port: 443}]
        - matches: [{method: {service: misnamed}}]
          backendRefs: [{name: misnamed, port: 443}]
        - matches: [{method: {service: untrusted}}]
          backendRefs: [{name: untrusted, port: 443}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: younger, creationTimestamp: "2026-01-02T00:00:00Z"}
      spec:
        parentRefs: [{name: edge}]
        hostnames: ["*.test"]
        rules:
        - backendRefs: [{name: two, port: 80}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: empty}
      spec: {ports: [{port: 80}]}
      ---
      """;

  private final List<Server> servers = new ArrayList<>();
  private TestGateway gateway;
  private ManagedChannel plain;
  private ManagedChannel secure;

  @BeforeAll
  void start(@TempDir Path dir) throws Exception {
    TestCertificate edge = TestCertificate.of("edge.test");
    TestCertificate backend = TestCertificate.of("backend.test");
    InetSocketAddress one = server("one", null);
    InetSocketAddress two = server("two", null);
    InetSocketAddress encrypted = server("encrypted", backend);
    gateway =
        TestGateway.start(
            dir,
            options -> options,
            List.of(TestGateway.HTTP_LISTENER, TestGateway.HTTPS_LISTENER),
            edge.secret("server"),
            backend.configMap("backend"),
            edge.configMap("edge"),
            ROUTES,
            Yaml.service("one", "name: grpc, port: 80", one),
            Yaml.service("two", "name: grpc, port: 80", two),
            Yaml.service("h2c", "name: grpc, port: 80, appProtocol: kubernetes.io/h2c", one),
            Yaml.service("websocket", "name: ws, port: 80, appProtocol: kubernetes.io/ws", one),
            Yaml.service("tls", "name: grpc, port: 443", encrypted),
            Yaml.service("misnamed", "name: grpc, port: 443", encrypted),
            Yaml.service("untrusted", "name: grpc, port: 443", encrypted),
            policy("tls", "backend.test", "backend"),
            policy("misnamed", "other.test", "backend"),
            policy("untrusted", "backend.test", "edge"));
    plain = NettyChannelBuilder.forAddress(gateway.ip(), TestGateway.HTTP).usePlaintext().build();
    secure =
        NettyChannelBuilder.forAddress(gateway.ip(), TestGateway.HTTPS)
            .overrideAuthority("edge.test")
            .sslContext(GrpcSslContexts.forClient().trustManager(edge.certificate()).build())
            .build();
  }

  @AfterAll
  void stop() throws Exception {
    plain.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    secure.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    gateway.close();
    for (Server server : servers) {
      server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  private static String policy(String service, String hostname, String authority) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: BackendTLSPolicy
    metadata: {name: %s}
    spec:
      targetRefs: [{group: "", kind: Service, name: %s, sectionName: grpc}]
      validation: {hostname: %s, caCertificateRefs: [{group: "", kind: ConfigMap, name: %s}]}
    ---
    """
        .formatted(service, service, hostname, authority);
  }

  // --- servers -----------------------------------------------------------------------------------

  private InetSocketAddress server(String name, @Nullable TestCertificate tls) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 8000);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address).fallbackHandlerRegistry(new Everything(name));
    if (tls != null) {
      builder.sslContext(
          GrpcSslContexts.configure(
                  SslContextBuilder.forServer(tls.keys().getPrivate(), tls.certificate()))
              .build());
    }
    servers.add(builder.build().start());
    return address;
  }

  /** Every method there could be: answers with the server's name and what came in {@code x-...}. */
  private static final class Everything extends HandlerRegistry {
    private final String name;

    Everything(String name) {
      this.name = name;
    }

    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String method, @Nullable String authority) {
      return ServerMethodDefinition.create(method(method), new Echo(name));
    }
  }

  private record Echo(String name) implements ServerCallHandler<String, String> {
    @Override
    public ServerCall.Listener<String> startCall(ServerCall<String, String> call, Metadata head) {
      call.request(1);
      return new ServerCall.Listener<>() {
        @Override
        public void onHalfClose() {
          StringBuilder answer = new StringBuilder(name);
          head.keys().stream()
              .filter(key -> key.startsWith("x-") && !key.startsWith("x-forwarded"))
              .filter(key -> !key.equals("x-request-id"))
              .sorted()
              .forEach(key -> answer.append(' ').append(key).append('=').append(all(head, key)));
          Metadata response = new Metadata();
          response.put(key("x-answer"), "server");
          call.sendHeaders(response);
          call.sendMessage(answer.toString());
          call.close(Status.OK, new Metadata());
        }
      };
    }

    private static String all(Metadata head, String name) {
      Iterable<String> values = head.getAll(key(name));
      return values == null ? "" : String.join(",", values);
    }
  }

  // --- calls -------------------------------------------------------------------------------------

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static MethodDescriptor<String, String> method(String name) {
    return MethodDescriptor.<String, String>newBuilder(TEXT, TEXT)
        .setFullMethodName(name)
        .setType(MethodType.UNARY)
        .build();
  }

  /** What the call is answered with. */
  private static String call(Channel channel, String host, String method) {
    return ClientCalls.blockingUnaryCall(
        channel, method(method), CallOptions.DEFAULT.withAuthority(host), "");
  }

  private static Status.Code failure(Channel channel, String host, String method) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> call(channel, host, method))
        .getStatus()
        .getCode();
  }

  /** The channel with metadata on each call: names and values in turn. */
  private static Channel with(Channel channel, String... metadata) {
    Metadata head = new Metadata();
    for (int i = 0; i < metadata.length; i += 2) {
      head.put(key(metadata[i]), metadata[i + 1]);
    }
    return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(head));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          shop.Cart/Remove  |                 | one
          shop.Cart/Add     |                 | two
          shop.Cart/Add     | x-version=1     | two
          shop.Cart/Remove  | x-version=2     | two
          other.Any/Special |                 | one
          stock.Shelf/GetIt |                 | one
          stock.Floor/Get   |                 | one
          other.Any/Method  | x-color=blue    | two
          other.Any/Method  | x-color=light-blue | two
          """)
  void matches(String method, @Nullable String metadata, String server) {
    for (Channel channel : List.of(plain, secure)) {
      Channel calling = metadata == null ? channel : with(channel, metadata.split("="));
      assertThat(call(calling, "matches.test", method)).startsWith(server);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "shop.CartX/Add, ",
    "stock.Cellar/Get, ",
    "stock.Shelf/ForGet, ",
    "any/Method, x-color=dark-blue"
  })
  void doesNotMatch(String method, @Nullable String metadata) {
    Channel calling = metadata == null ? plain : with(plain, metadata.split("="));
    assertThat(failure(calling, "matches.test", method)).isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @Test
  void editsMetadata() {
    AtomicReference<Metadata> head = new AtomicReference<>();
    Channel channel =
        ClientInterceptors.intercept(
            with(plain, "x-set", "old", "x-add", "one", "x-remove", "me"),
            MetadataUtils.newCaptureMetadataInterceptor(head, new AtomicReference<>()));
    assertThat(call(channel, "filters.test", "any.Service/Method"))
        .isEqualTo("one x-add=one,more x-backend=first x-set=new");
    assertThat(Objects.requireNonNull(head.get()).getAll(key("x-answer")))
        .containsExactly("gateway");
  }

  @Test
  void sendsNothingToABackendOfWeightZero() {
    for (int i = 0; i < 20; i++) {
      assertThat(call(plain, "weights.test", "a.B/C")).isEqualTo("two");
    }
  }

  @Test
  void keepsAClientAtOneServer() {
    for (Channel channel : List.of(plain, secure)) {
      List<String> servers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        AtomicReference<Metadata> head = new AtomicReference<>();
        String first =
            call(
                ClientInterceptors.intercept(
                    channel,
                    MetadataUtils.newCaptureMetadataInterceptor(head, new AtomicReference<>())),
                "sessions.test",
                "a.B/C");
        String session = Objects.requireNonNull(head.get()).get(key("x-session"));
        Channel staying = with(channel, "x-session", Objects.requireNonNull(session));
        for (int j = 0; j < 5; j++) {
          assertThat(call(staying, "sessions.test", "a.B/C"))
              .isEqualTo(first + " x-session=" + session);
        }
        servers.add(first);
      }
      assertThat(servers).contains("one", "two");
    }
  }

  @ParameterizedTest
  @CsvSource({"bad.Nowhere/X", "bad.Nobody/X", "bad.Empty/X", "bad.WebSocket/X", "bad.Broken/X"})
  void isUnavailableWhereNothingValidIsConfigured(String method) {
    assertThat(failure(plain, "bad.test", method)).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void isUnavailableForTheShareOfABadBackend() {
    int good = 0;
    for (int i = 0; i < 200; i++) {
      try {
        assertThat(call(plain, "bad.test", "bad.Half/X")).isEqualTo("one");
        good++;
      } catch (StatusRuntimeException e) {
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      }
    }
    assertThat(good).isBetween(60, 140);
  }

  @Test
  void speaksAsTheBackendDoes() {
    assertThat(call(plain, "protocols.test", "h2c/X")).isEqualTo("one");
    assertThat(call(plain, "protocols.test", "tls/X")).isEqualTo("encrypted");
    assertThat(failure(plain, "protocols.test", "misnamed/X")).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(failure(plain, "protocols.test", "untrusted/X")).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void keepsAYoungerHttpRouteFromItsHosts() throws IOException {
    assertThat(Peer.ask(gateway.http(), "GET / HTTP/1.1|Host: other.test|Connection: close||"))
        .startsWith("HTTP/1.1 404 ");
    assertThat(StatusText.json(gateway.standalone().state().statuses()))
        .contains("\"RouteKindConflict\"");
  }
}
