package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.JsonFormat.TypeRegistry;
import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.Secret;
import dev.weir.features.Features;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What it prints is Envoy's messages, in Envoy's own JSON names. */
class TranslateCommandTest {
  private static final Path CONFIGURATIONS = Path.of("../controlplane/src/test/golden");
  private static final Pattern TYPE = Pattern.compile("type.googleapis.com/([\\w.]+)");
  private static final List<String> ORDER =
      List.of(
          "listeners", "route_configurations", "clusters", "cluster_load_assignments", "secrets");

  @TempDir private Path directory;

  private static Message.Builder builder(String type) {
    return switch (type) {
      case "listeners" -> Listener.newBuilder();
      case "route_configurations" -> RouteConfiguration.newBuilder();
      case "clusters" -> Cluster.newBuilder();
      case "cluster_load_assignments" -> ClusterLoadAssignment.newBuilder();
      case "secrets" -> Secret.newBuilder();
      default -> throw new AssertionError("what is " + type + "?");
    };
  }

  /** The generated class of a message: nested ones have a capital letter before the last dot. */
  private static Descriptor descriptor(String name) throws ReflectiveOperationException {
    String java = name.replaceAll("\\.([A-Z]\\w*)\\.([A-Z])", ".$1\\$$2");
    Class<?> type =
        Class.forName((name.startsWith("google.protobuf.") ? "com." : "io.envoyproxy.") + java);
    return (Descriptor) type.getMethod("getDescriptor").invoke(null);
  }

  /** Reads the output as Envoy would. */
  private static Map<String, List<Message>> parsed(String yaml) throws Exception {
    Set<String> names = new HashSet<>();
    TYPE.matcher(yaml).results().forEach(type -> names.add(type.group(1)));
    TypeRegistry.Builder types = TypeRegistry.newBuilder();
    for (String name : names) {
      types.add(descriptor(name));
    }
    JsonFormat.Parser parser = JsonFormat.parser().usingTypeRegistry(types.build());
    Map<String, List<Message>> messages = new TreeMap<>();
    Map<?, ?> tree = (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(yaml);
    for (Map.Entry<?, ?> entry : tree.entrySet()) {
      String type = (String) entry.getKey();
      List<Message> parsed = new ArrayList<>();
      for (Object each : (List<?>) entry.getValue()) {
        Message.Builder builder = builder(type);
        parser.merge(JsonMapper.shared().writeValueAsString(each), builder);
        parsed.add(builder.build());
      }
      messages.put(type, parsed);
    }
    return messages;
  }

  private static XdsSnapshot snapshot(String text) {
    return new Pipeline(Features.ALL)
        .translate(
            new Manifests(StandardTypes.ALL, InstantSource.system())
                .load(List.of(SourceText.of("input", text)))
                .state(),
            new AddressAllocation(Map.of(), List.of("127.0.0.1")))
        .snapshot();
  }

  private static void put(
      String type, Map<String, ? extends Resource<?>> resources, Map<String, List<Message>> all) {
    if (!resources.isEmpty()) {
      List<Message> messages = new ArrayList<>();
      new TreeMap<>(resources).values().forEach(each -> messages.add(each.message()));
      all.put(type, messages);
    }
  }

  @Test
  void printsWhatTheProxyGets() throws Exception {
    Set<String> seen = new HashSet<>();
    try (Stream<Path> files = Files.list(CONFIGURATIONS)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".yaml")).sorted().toList()) {
        String text = Files.readString(file).split("--- # expected")[0];
        Path objects = Files.writeString(directory.resolve("objects.yaml"), text);
        Invocation translation = Invocation.of("translate", objects.toString());
        Map<String, List<Message>> messages = parsed(translation.out());
        XdsSnapshot snapshot = snapshot(text);
        Map<String, List<Message>> expected = new TreeMap<>();
        put("listeners", snapshot.listeners(), expected);
        put("route_configurations", snapshot.routes(), expected);
        put("clusters", snapshot.clusters(), expected);
        put("cluster_load_assignments", snapshot.endpoints(), expected);
        put("secrets", snapshot.secrets(), expected);
        // Keys are left out; everything else is there.
        expected.computeIfPresent("secrets", (type, secrets) -> withoutKeys(secrets));

        assertThat(messages).as(file.toString()).isEqualTo(expected);
        assertThat(translation.out()).doesNotContain("PRIVATE KEY");
        seen.addAll(messages.keySet());
      }
    }
    assertThat(seen).containsAll(ORDER);
  }

  private static List<Message> withoutKeys(List<Message> secrets) {
    return secrets.stream()
        .<Message>map(message -> {
          Secret.Builder secret = ((Secret) message).toBuilder();
          if (secret.hasTlsCertificate()) {
            secret.getTlsCertificateBuilder().getPrivateKeyBuilder().setInlineString("[redacted]");
          }
          return secret.build();
        })
        .toList();
  }

  @Test
  void namesAreThePathsOfObjects() throws Exception {
    Invocation translation = Invocation.of("translate", "../examples/quickstart");

    assertThat(translation.status()).isZero();
    assertThat(translation.err()).isEmpty();
    assertThat(translation.out().lines().filter(line -> line.matches("[a-z_]+:")))
        .containsExactly(
            "listeners:", "route_configurations:", "clusters:", "cluster_load_assignments:");
    assertThat(translation.out())
        .startsWith("listeners:\n- name: Gateway/default/edge/port/8080\n")
        .contains("clusters:\n- name: Backend/default/hello-v1\n")
        .contains("- cluster_name: Backend/default/hello-v1\n")
        .contains("name: HTTPRoute/default/hello/rule/0/match/0\n");
  }

  @Test
  void printsTheGoodPartAndSaysWhatIsWrongWithTheRest() throws Exception {
    Path file = directory.resolve("broken.yaml");
    Files.writeString(
        file,
        """
        apiVersion: weir.dev/v1alpha1
        kind: Backend
        metadata: {name: shop}
        spec: {groups: [{endpoints: [{ip: nowhere, port: 80}]}]}
        """);

    Invocation translation =
        Invocation.of("translate", "../examples/quickstart", directory.toString());

    assertThat(translation.status()).isOne();
    assertThat(translation.err())
        .startsWith(file + ":4: Backend/default/shop: spec.groups[0].endpoints[0].ip: ")
        .hasLineCount(1);
    assertThat(translation.out()).contains("- name: Backend/default/hello-v1\n");
  }

  @Test
  void saysWhichDirectoryIsMissing() {
    Path missing = directory.resolve("missing");
    assertThat(Invocation.of("translate", missing.toString()))
        .isEqualTo(new Invocation(1, "{}\n", missing + ":1: there is no such file or directory\n"));
  }

  @Test
  void printsTheObjectsThatRunTheProxies() throws Exception {
    Path objects =
        Files.writeString(
            directory.resolve("objects.yaml"),
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: weir}
            spec: {controllerName: weir.dev/gateway-controller}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: web, namespace: shop}
            spec:
              gatewayClassName: weir
              infrastructure: {labels: {team: shop}, annotations: {example.com/zone: public}}
              listeners: [{name: http, port: 80, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: other, namespace: shop}
            spec: {gatewayClassName: weir, listeners: [{name: http, port: 80, protocol: HTTP}]}
            """);
    Path authorities = Files.writeString(directory.resolve("ca.crt"), "those of weir-ca\n");

    Invocation translation =
        Invocation.of(
            "translate",
            objects.toString(),
            "--output",
            "kubernetes",
            "--controller",
            "weir.weir-system:18000",
            "--proxy-image",
            "example.com/weir:1",
            "--ca",
            authorities.toString());

    // On machines of their own two Gateways can have the same port.
    assertThat(translation.err()).isEmpty();
    assertThat(translation.status()).isZero();
    List<Map<?, ?>> printed = new ArrayList<>();
    new Load(LoadSettings.builder().build())
        .loadAllFromString(translation.out())
        .forEach(document -> printed.add((Map<?, ?>) document));
    assertThat(printed)
        .extracting(object -> String.valueOf(object.get("kind")))
        .containsSubsequence(
            "ServiceAccount", "ConfigMap", "NetworkPolicy", "Deployment", "Service");
    assertThat(printed.subList(0, printed.size() / 2))
        .allSatisfy(object -> {
          JsonNode metadata = JsonMapper.shared().valueToTree(object.get("metadata"));
          assertThat(metadata.path("name").asString()).isEqualTo("weir-other");
          // The owner's uid is known to an API server only.
          assertThat(metadata.has("ownerReferences")).isFalse();
        });
    assertThat(printed.subList(printed.size() / 2, printed.size()))
        .allSatisfy(object -> {
          JsonNode metadata = JsonMapper.shared().valueToTree(object.get("metadata"));
          assertThat(metadata.path("name").asString()).isEqualTo("weir-web");
          assertThat(metadata.at("/labels/team").asString("")).isEqualTo("shop");
          assertThat(metadata.at("/annotations/example.com~1zone").asString(""))
              .isEqualTo("public");
        });
    assertThat(translation.out())
        .contains("example.com/weir:1", "weir.weir-system:18000", "those of weir-ca");
  }

  @Test
  void asksForWhatProxiesNeedToKnow() {
    assertThat(Invocation.of("translate", "../examples/quickstart", "--output", "kubernetes"))
        .satisfies(invocation -> {
          assertThat(invocation.status()).isEqualTo(2);
          assertThat(invocation.err())
              .startsWith("--output kubernetes needs --controller, --proxy-image and --ca");
        });
    assertThat(Invocation.of("translate", "../examples/quickstart", "--proxy-image", "weir"))
        .satisfies(invocation -> {
          assertThat(invocation.status()).isEqualTo(2);
          assertThat(invocation.err())
              .startsWith("--controller, --proxy-image and --ca are for --output kubernetes");
        });
  }

  @Test
  void saysThatTheAuthorityCannotBeRead() {
    Invocation translation =
        Invocation.of(
            "translate",
            "../examples/quickstart",
            "--output",
            "kubernetes",
            "--controller",
            "weir:18000",
            "--proxy-image",
            "weir",
            "--ca",
            directory.resolve("missing").toString());

    assertThat(translation.status()).isOne();
    assertThat(translation.err()).hasLineCount(1).contains("missing");
    assertThat(translation.out()).isEmpty();
  }
}
