package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.cli.Main;
import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.serve.AdsServer;
import dev.weir.controlplane.serve.Publication;
import dev.weir.controlplane.serve.ServeOptions;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.features.Features;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.HandlerRegistry;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.NameResolverRegistry;
import io.grpc.Server;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.xds.XdsNameResolverProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Two xDS clients of other projects, those of gRPC for Java and for Node.js, find servers by the
 * routes of a Gateway and call them without a proxy between.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
class GrpcXdsClientsTest {
  private static final String LOCK = "package-lock.json";
  private static final int UNAVAILABLE = 14;

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

  /** With everything on it that these clients cannot do, which must not keep them from the rest. */
  private static final String ROUTES =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GRPCRoute
      metadata: {name: greeter}
      spec:
        parentRefs: [{name: edge}]
        hostnames: [greeter.example.com]
        rules:
        - matches: [{method: {service: shop.Cart}}]
          backendRefs: [{name: one, port: 80}]
        - matches: [{method: {service: shop.Cart, method: Add}}]
          backendRefs: [{name: two, port: 80}]
        - matches: [{method: {service: shop.Cart}, headers: [{name: x-version, value: "2"}]}]
          backendRefs: [{name: two, port: 80}]
        - matches: [{method: {method: Special}}]
          sessionPersistence: {type: Header, header: {name: x-session}}
          backendRefs: [{name: two, port: 80}]
        - matches: [{method: {service: filtered.Any}}]
          filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-set, value: new}]}}]
          backendRefs:
          - name: one
            port: 80
            weight: 3
            filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-one, value: "1"}]}}]
          - {name: one, port: 80, weight: 0}
        - matches: [{method: {service: both.Any}}]
          backendRefs: [{name: one, port: 80}, {name: two, port: 80}]
        - matches: [{method: {service: zones.Any}}]
          backendRefs: [{name: zones, port: 80}]
        - matches: [{method: {service: broken.Any}}]
          backendRefs: [{name: nowhere, port: 80}]
        - matches: [{method: {service: secret.Any}}]
          backendRefs: [{name: secret, port: 80}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: web}
      spec:
        parentRefs: [{name: edge}]
        hostnames: [web.example.com]
        rules:
        - matches: [{path: {type: PathPrefix, value: /shop}, method: GET}]
          backendRefs: [{name: one, port: 80}]
        - matches: [{path: {type: PathPrefix, value: /shop.Cart}, queryParams: [{name: a, value: b}]}]
          backendRefs: [{name: one, port: 80}]
        - matches: [{path: {type: PathPrefix, value: /old}}]
          filters: [{type: RequestRedirect, requestRedirect: {hostname: new.example.com}}]
        - matches: [{path: {type: PathPrefix, value: /shop.Cart}, method: POST}]
          retry: {codes: [503], attempts: 2}
          timeouts: {request: 10s}
          backendRefs: [{name: two, port: 80}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: BackendTLSPolicy
      metadata: {name: secret}
      spec:
        targetRefs: [{group: "", kind: Service, name: secret}]
        validation: {hostname: backend.test, wellKnownCACertificates: System}
      ---
      """;

  @RegisterExtension static final Parts PARTS = new Parts();

  private final List<Server> backends = new ArrayList<>();
  private final List<InetSocketAddress> addresses = new ArrayList<>();
  private AdsServer controller;

  /** Calls a method, and says what came back. */
  private interface Client {
    Answer call(String method, @Nullable String metadata) throws Exception;

    default Answer call(String method) throws Exception {
      return call(method, null);
    }
  }

  /**
   * The end of a call.
   *
   * @param code of gRPC
   * @param text the name of the server, or what went wrong
   */
  private record Answer(int code, String text) {}

  @BeforeAll
  void start() throws Exception {
    for (String name : List.of("one", "two", "three")) {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 8000);
      addresses.add(address);
      backends.add(
          NettyServerBuilder.forAddress(address)
              .fallbackHandlerRegistry(new Everything(name))
              .build()
              .start());
    }
    controller =
        AdsServer.start(
            new ServeOptions(
                new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 0), null),
            states -> {});
    controller.publish(publication(ROUTES));
  }

  @AfterAll
  void stop() throws InterruptedException {
    controller.close();
    for (Server backend : backends) {
      backend.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  /** Every method there could be: answers with the server's name. */
  private static final class Everything extends HandlerRegistry {
    private final ServerCallHandler<String, String> handler;

    Everything(String name) {
      handler =
          ServerCalls.asyncUnaryCall((request, out) -> {
            out.onNext(name);
            out.onCompleted();
          });
    }

    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
      return ServerMethodDefinition.create(method(name), handler);
    }
  }

  private static MethodDescriptor<String, String> method(String name) {
    return MethodDescriptor.<String, String>newBuilder(TEXT, TEXT)
        .setFullMethodName(name)
        .setType(MethodType.UNARY)
        .build();
  }

  /** What the pipeline makes of the routes. */
  private Publication publication(String routes) {
    String text =
        Yaml.gateway(
                "127.0.0.1",
                "{name: http, port: 8080, protocol: HTTP}",
                "{name: other, port: 9090, protocol: HTTP, hostname: only.other.com}")
            + routes
            + Yaml.service("one", "name: grpc, port: 80, appProtocol: kubernetes.io/h2c", at(0))
            + Yaml.service("two", "name: grpc, port: 80, appProtocol: kubernetes.io/h2c", at(1))
            + Yaml.service("secret", "name: grpc, port: 80", at(0))
            + zones();
    Translation translation =
        new Pipeline(Features.ALL)
            .translate(
                new Manifests(StandardTypes.ALL, InstantSource.system())
                    .load(List.of(SourceText.of("input", text)))
                    .state(),
                new AddressAllocation(Map.of(), List.of("127.0.0.1")));
    return new Publication(translation.gateways(), Map.of());
  }

  private InetSocketAddress at(int backend) {
    return addresses.get(backend);
  }

  /** A Service with two zones, one of them without a name. */
  private String zones() {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: zones}
    spec: {ports: [{name: grpc, port: 80, appProtocol: kubernetes.io/h2c}]}
    ---
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: zones, labels: {kubernetes.io/service-name: zones}}
    addressType: IPv4
    ports: [{name: grpc, port: 8000}]
    endpoints:
    - {addresses: ["%s"], zone: a}
    - {addresses: ["%s"], zone: b}
    - {addresses: ["%s"]}
    ---
    """
        .formatted(
            at(0).getAddress().getHostAddress(),
            at(1).getAddress().getHostAddress(),
            at(2).getAddress().getHostAddress());
  }

  /** What {@code weir bootstrap --grpc} prints. */
  private String bootstrap() {
    StringWriter out = new StringWriter();
    int status =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .execute(
                "bootstrap",
                "--grpc",
                "--controller",
                controller.address().getAddress().getHostAddress()
                    + ":"
                    + controller.address().getPort(),
                "--node",
                "shop-1",
                "--serves",
                "Gateway/default/edge");
    assertThat(status).isZero();
    return out.toString();
  }

  // --- what both must do -------------------------------------------------------------------------

  /** Calls greeter.example.com. */
  private void followsTheRoutes(Client client) throws Exception {
    assertThat(client.call("shop.Cart/Remove")).isEqualTo(new Answer(0, "one"));
    assertThat(client.call("shop.Cart/Add")).isEqualTo(new Answer(0, "two"));
    assertThat(client.call("shop.Cart/Remove", "x-version=2")).isEqualTo(new Answer(0, "two"));
    assertThat(client.call("any.Thing/Special")).isEqualTo(new Answer(0, "two"));
    assertThat(client.call("filtered.Any/Method")).isEqualTo(new Answer(0, "one"));
    assertThat(client.call("shop.CartX/Add").code()).isEqualTo(UNAVAILABLE);
    // What is broken, or cannot be done as it should be, fails.
    assertThat(client.call("broken.Any/Method").code()).isEqualTo(UNAVAILABLE);
    assertThat(client.call("secret.Any/Method").code()).isEqualTo(UNAVAILABLE);
    assertThat(answers(client, "both.Any/Method", 2)).containsExactly("one", "two");
    assertThat(answers(client, "zones.Any/Method", 3)).containsExactly("one", "three", "two");
  }

  /** The servers that answer, until all of them did. */
  private static Set<String> answers(Client client, String method, int servers) throws Exception {
    Set<String> seen = new TreeSet<>();
    for (int i = 0; i < 200 && seen.size() < servers; i++) {
      Answer answer = client.call(method);
      assertThat(answer.code()).as(answer.text()).isZero();
      seen.add(answer.text());
    }
    return seen;
  }

  /** Calls a client that already has what was published before. */
  private void followsAChange(Client client) throws Exception {
    assertThat(client.call("shop.Cart/Remove").text()).isEqualTo("one");
    controller.publish(
        publication(
            ROUTES.replace(
                "[{method: {service: shop.Cart}}]\n    backendRefs: [{name: one",
                "[{method: {service: shop.Cart}}]\n    backendRefs: [{name: two")));
    Eventually.holds(
        "the new route is used", () -> client.call("shop.Cart/Remove").text().equals("two"));
    controller.publish(publication(ROUTES));
    Eventually.holds(
        "the old route is used again", () -> client.call("shop.Cart/Remove").text().equals("one"));
  }

  // --- Java --------------------------------------------------------------------------------------

  /** A channel of gRPC for Java. */
  private static final class JavaClient implements Client, AutoCloseable {
    private final ManagedChannel channel;

    JavaClient(String target) {
      channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
    }

    @Override
    public Answer call(String method, @Nullable String metadata) {
      Metadata head = new Metadata();
      if (metadata != null) {
        String[] pair = metadata.split("=", -1);
        head.put(Metadata.Key.of(pair[0], Metadata.ASCII_STRING_MARSHALLER), pair[1]);
      }
      try {
        return new Answer(
            0,
            ClientCalls.blockingUnaryCall(
                ClientInterceptors.intercept(
                    channel, MetadataUtils.newAttachHeadersInterceptor(head)),
                method(method),
                CallOptions.DEFAULT.withDeadlineAfter(15, TimeUnit.SECONDS),
                ""));
      } catch (StatusRuntimeException e) {
        return new Answer(e.getStatus().getCode().value(), e.getStatus().toString());
      }
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }

  @Test
  void grpcForJavaCallsByTheRoutes() throws Exception {
    Map<String, Object> bootstrap =
        JsonMapper.shared().readValue(bootstrap(), new TypeReference<>() {});
    XdsNameResolverProvider provider =
        XdsNameResolverProvider.createForTest("xds-of-weir", bootstrap);
    NameResolverRegistry.getDefaultRegistry().register(provider);
    try {
      for (String target : List.of("greeter.example.com", "greeter.example.com:8080")) {
        try (JavaClient client = new JavaClient("xds-of-weir:///" + target)) {
          followsTheRoutes(client);
          followsAChange(client);
        }
      }
      try (JavaClient client = new JavaClient("xds-of-weir:///web.example.com")) {
        followsHttpRoutes(client);
      }
      try (JavaClient client = new JavaClient("xds-of-weir:///nobody.example.com")) {
        assertThat(client.call("shop.Cart/Add").code()).isEqualTo(UNAVAILABLE);
      }
    } finally {
      NameResolverRegistry.getDefaultRegistry().deregister(provider);
    }
    PARTS.ran(
        "grpc-java xDS client",
        XdsNameResolverProvider.class.getPackage().getImplementationVersion() == null
            ? "grpc-xds"
            : XdsNameResolverProvider.class.getPackage().getImplementationVersion());
  }

  private static void followsHttpRoutes(Client client) throws Exception {
    assertThat(client.call("shop.Cart/Add")).isEqualTo(new Answer(0, "two"));
    assertThat(client.call("old/Method").code()).isEqualTo(UNAVAILABLE);
    assertThat(client.call("shop/Method").code()).isEqualTo(UNAVAILABLE);
  }

  // --- Node.js -----------------------------------------------------------------------------------

  /** A channel of gRPC for Node.js, in a process that calls as it is told. */
  private record NodeClient(Program.Running node, List<String> asked)
      implements Client, AutoCloseable {
    @Override
    public Answer call(String method, @Nullable String metadata) throws Exception {
      asked.add(method);
      String line = method + (metadata == null ? "" : " " + metadata) + "\n";
      node.process().getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
      node.process().getOutputStream().flush();
      Eventually.holds(
          "an answer to " + method,
          () -> Files.readString(node.log()).lines().count() == asked.size());
      String answer = Files.readAllLines(node.log()).getLast();
      JsonNode json = JsonMapper.shared().readTree(answer);
      return new Answer(
          json.path("code").asInt(),
          json.path("answer").asString(json.path("message").asString("")));
    }

    @Override
    public void close() throws IOException {
      node.close();
    }
  }

  @Test
  void grpcForNodeCallsByTheRoutes(@TempDir Path directory) throws Exception {
    Program node = Program.needed("node");
    Path script = installed(Program.needed("npm"));
    Path bootstrap = Files.writeString(directory.resolve("xds.json"), bootstrap());
    Program client =
        node.withEnvironment("GRPC_XDS_BOOTSTRAP", bootstrap.toAbsolutePath().toString());
    List<String> targets =
        List.of("greeter.example.com", "greeter.example.com:8080", "web.example.com");
    for (String target : targets) {
      Path log = directory.resolve(target.replace(':', '-') + ".log");
      try (NodeClient calling =
          new NodeClient(
              client.start(log, script.toString(), "xds:///" + target), new ArrayList<>())) {
        if (target.startsWith("web")) {
          followsHttpRoutes(calling);
        } else {
          followsTheRoutes(calling);
          followsAChange(calling);
        }
      }
    }
    JsonNode lock = JsonMapper.shared().readTree(Files.readString(script.resolveSibling(LOCK)));
    PARTS.ran(
        "npm @grpc/grpc-js-xds",
        lock.at("/packages/node_modules~1@grpc~1grpc-js-xds/version").asString()
            + " on node "
            + node.run("--version").succeeded());
  }

  /** The script beside the packages that it needs, in the versions of the lock file. */
  private static Path installed(Program npm) throws IOException, InterruptedException {
    Path source = Path.of("src/test/xds-client");
    Path target = Files.createDirectories(Path.of("target/xds-client")).toAbsolutePath();
    boolean done =
        Files.exists(target.resolve("node_modules/.package-lock.json"))
            && Files.mismatch(source.resolve(LOCK), target.resolve(LOCK)) < 0;
    for (String file : List.of("package.json", LOCK, "client.mjs")) {
      Files.copy(source.resolve(file), target.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    if (!done) {
      Program.Run run =
          npm.run(
              "ci", "--prefix", target.toString(), "--no-audit", "--no-fund", "--ignore-scripts");
      assumeTrue(run.exitStatus() == 0, () -> "npm ci cannot fetch the client: " + run.errors());
    }
    return target.resolve("client.mjs");
  }
}
