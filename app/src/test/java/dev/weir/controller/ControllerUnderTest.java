package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conformance.GatewayUnderTest;
import dev.weir.controlplane.deploy.DeploySettings;
import dev.weir.controlplane.identity.CertificateAuthority;
import dev.weir.controlplane.identity.ServerIdentity;
import dev.weir.controlplane.kube.ApiConnection;
import dev.weir.controlplane.kube.KubernetesTokenReview.ServiceAccount;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.xds.ProxyState;
import dev.weir.endtoend.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects in an API server, a controller, and two proxies as processes of their own. The files of
 * the directory are put into the API server as a user with kubectl would.
 *
 * <p>The class is in host mode; Gateways with labels or annotations for what is made for them are
 * not: the controller makes their objects. Nothing runs pods here: the two proxies serve those
 * Gateways, too. The address that a cloud would give their Services is given by {@link #reach}.
 */
final class ControllerUnderTest implements GatewayUnderTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String GATEWAY_CLASS = "weir";
  private static final int PROXIES = 2;

  private static final Kind DEPLOYMENT = Kind.namespaced("apps", "v1", "Deployment", "deployments");
  private static final Kind ACCOUNT =
      Kind.namespaced("", "v1", "ServiceAccount", "serviceaccounts");

  private static final String HOST_MODE =
      """
      apiVersion: weir.dev/v1alpha1
      kind: GatewayParameters
      metadata: {name: by-hand, namespace: weir-system}
      spec: {host: {}}
      """;
  private final ApiServer api;
  private final Controller controller;
  private final List<Process> proxies = new ArrayList<>();
  private final Path directory;
  private final Map<Path, String> mirrored = new HashMap<>();
  private final Thread mirror;
  private volatile boolean closed;

  private ControllerUnderTest(ApiServer api, Path directory, Path logs, String addressPool)
      throws IOException {
    this.api = api;
    this.directory = directory;
    MockApi mock = api.mock();
    if (mock != null && !addressPool.startsWith("127.")) {
      mock.refuseLoopback();
    }
    mirror();
    this.controller =
        Controller.start(
            new ControllerOptions(
                    api.kubeconfig(), null, "weir-system", "test", null, addressPool, null)
                .with(new ControllerOptions.Provisioning("controller.example:18000", "weir")),
            ControllerUnderTest::plaintext);
    for (int i = 0; i < PROXIES; i++) {
      proxies.add(proxy("proxy-" + i, controller.xdsAddress().getPort(), logs));
    }
    this.mirror = Thread.ofPlatform().daemon().name("kubectl").start(this::follow);
  }

  /** Starts all of it; logs and the like go to {@code work}. */
  static GatewayUnderTest start(Path directory, Path work, String addressPool) throws IOException {
    ApiServer api = ApiServer.withCrds(work);
    ControllerUnderTest started;
    try {
      started = new ControllerUnderTest(api, directory, work, addressPool);
    } catch (IOException | RuntimeException e) {
      api.close();
      throw e;
    }
    try {
      // What is tested is not how long two JVMs take to start.
      Eventually.holds(() -> assertThat(started.connected()).isEqualTo(PROXIES));
    } catch (Exception e) {
      started.close();
      throw new IOException("the proxies do not come: see " + work, e);
    }
    return started;
  }

  private int connected() {
    Controller.State state = controller.state();
    return state == null ? 0 : state.proxies().size();
  }

  private static Process proxy(String node, int port, Path logs) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.weir.cli.Main",
            "proxy",
            "--controller",
            "127.0.0.1:" + port,
            "--node",
            node,
            "--serves",
            "GatewayClass/" + GATEWAY_CLASS,
            "--insecure",
            "--share-ports",
            "--workers",
            "1",
            "--admin",
            "off",
            "--access-log",
            "off")
        .redirectErrorStream(true)
        .redirectOutput(logs.resolve(node + ".log").toFile())
        .start();
  }

  /** As the proxies of this test connect; those of Deployments would by TLS. */
  private static XdsService plaintext(
      ApiConnection api,
      Function<ServiceAccount, @Nullable String> serves,
      Supplier<@Nullable String> elsewhere,
      Consumer<List<ProxyState>> answered)
      throws IOException {
    XdsService started =
        AdsXds.insecure(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .start(api, serves, elsewhere, answered);
    CertificateAuthority authority = CertificateAuthority.create(InstantSource.system());
    return new AdsXds(
        ((AdsXds) started).server(),
        new XdsService.Tls(
            ServerIdentity.issued(authority, List.of("localhost"), Duration.ofHours(1)),
            authority::certificatePem,
            new DeploySettings.Issued(authority.certificatePem())));
  }

  /** Gives an address to each Service of proxies that has none. */
  private void reach() {
    for (JsonNode service : api.objects(Service.TYPE.kind())) {
      JsonNode metadata = service.path("metadata");
      if (metadata.path("labels").has("gateway.networking.k8s.io/gateway-name")
          && service.at("/status/loadBalancer/ingress").isEmpty()) {
        api.status(
            Service.TYPE,
            metadata.path("namespace").asString(""),
            metadata.path("name").asString(""),
            Map.of("loadBalancer", Map.of("ingress", List.of(Map.of("ip", "127.0.0.1")))));
      }
    }
  }

  private void follow() {
    while (!closed) {
      try {
        mirror();
        reach();
        TimeUnit.MILLISECONDS.sleep(10); // looks again and again, as whoever waits for a file must
      } catch (InterruptedException e) {
        return;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void mirror() throws IOException {
    Set<Path> present = new HashSet<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        try {
          String text = Files.readString(file);
          present.add(file);
          if (!text.equals(mirrored.put(file, text))) {
            apply(converted(text));
          }
        } catch (NoSuchFileException e) {
          present.remove(file); // deleted meanwhile
        }
      }
    }
    for (Path file : Set.copyOf(mirrored.keySet())) {
      if (!present.contains(file)) {
        api.delete(converted(Objects.requireNonNull(mirrored.remove(file))));
      }
    }
  }

  /** Puts an object into the API server, with the parameters that this test asks for. */
  @SuppressWarnings("unchecked") // mappings of objects have texts as keys
  private void apply(String text) {
    Map<String, Object> object =
        (Map<String, Object>) new Load(LoadSettings.builder().build()).loadFromString(text);
    Map<String, Object> spec = (Map<String, Object>) object.getOrDefault("spec", Map.of());
    if (Objects.equals(object.get("kind"), "GatewayClass")) {
      api.apply(HOST_MODE);
      spec.put(
          "parametersRef",
          Map.of(
              "group", "weir.dev",
              "kind", "GatewayParameters",
              "name", "by-hand",
              "namespace", "weir-system"));
    }
    if (Objects.equals(object.get("kind"), "Gateway")
        && spec.get("infrastructure") instanceof Map<?, ?> infrastructure
        && !infrastructure.containsKey("parametersRef")) {
      api.apply(
          """
          apiVersion: weir.dev/v1alpha1
          kind: GatewayParameters
          metadata: {name: deployed, namespace: %s}
          spec: {deployment: {replicas: 1}}
          """
              .formatted(JSON.valueToTree(object).at("/metadata/namespace").asString()));
      ((Map<String, Object>) infrastructure)
          .put(
              "parametersRef",
              Map.of("group", "weir.dev", "kind", "GatewayParameters", "name", "deployed"));
    }
    api.apply(JSON.writeValueAsString(object));
  }

  /**
   * The object in the version that is read: real servers convert between them, the mock does not.
   */
  private static String converted(String text) {
    for (ObjectType<?> type : StandardTypes.ALL) {
      Kind kind = type.kind();
      if (Pattern.compile("(?m)^kind: \"?" + kind.kind() + "\"?$").matcher(text).find()) {
        return text.replaceFirst(
            "(?m)^(apiVersion: \"?)" + Pattern.quote(kind.group()) + "/\\w+",
            "$1" + kind.apiVersion());
      }
    }
    return text;
  }

  @Override
  public @Nullable JsonNode object(String kind, @Nullable String namespace, String name) {
    for (ObjectType<?> type : StandardTypes.ALL) {
      if (type.kind().kind().equals(kind)) {
        boolean cluster = type.kind().scope() == Kind.Scope.CLUSTER;
        JsonNode object = api.object(type, cluster || namespace == null ? "" : namespace, name);
        return object.isMissingNode() ? null : withStatus(object);
      }
    }
    return null;
  }

  /** What the controller put into the API server; pods are those that Deployments ask for. */
  @Override
  public List<JsonNode> generated(String kind, String namespace) {
    return switch (kind) {
      case "Pod" ->
          objects(DEPLOYMENT, namespace).map(object -> object.at("/spec/template")).toList();
      case "Service" -> objects(Service.TYPE.kind(), namespace).toList();
      case "ServiceAccount" -> objects(ACCOUNT, namespace).toList();
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private Stream<JsonNode> objects(Kind kind, String namespace) {
    return api.objects(kind).stream()
        .filter(object -> object.at("/metadata/namespace").asString("").equals(namespace));
  }

  private static JsonNode withStatus(JsonNode object) {
    ObjectNode json = JSON.createObjectNode();
    json.set("metadata", object.path("metadata"));
    if (object.has("status")) {
      json.set("status", object.path("status"));
    }
    return json;
  }

  @Override
  public void close() {
    closed = true;
    try {
      mirror.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    proxies.forEach(Process::destroyForcibly);
    controller.close();
    api.close();
  }
}
