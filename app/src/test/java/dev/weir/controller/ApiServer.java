package dev.weir.controller;

import dev.weir.controlplane.kube.ApiConnection;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An API server for a test: a real one where this machine has the programs for it, else fabric8's
 * mock. What a test does here is what a user with kubectl does.
 */
final class ApiServer implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final @Nullable MockApi mock;
  private final @Nullable RealApi real;
  private final Path kubeconfig;
  private final KubernetesClient user;

  private ApiServer(@Nullable MockApi mock, @Nullable RealApi real, Path directory)
      throws IOException {
    this.mock = mock;
    this.real = real;
    this.kubeconfig = directory.resolve("kubeconfig-" + System.nanoTime());
    Files.writeString(
        kubeconfig, real == null ? config(mock == null ? "" : mock.url()) : real.kubeconfig());
    this.user =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(null, kubeconfig.toFile()))
            .build();
  }

  /** Starts one, without any CRD. */
  static ApiServer start(Path directory) throws IOException {
    RealApi real = RealApi.start(directory);
    return real == null
        ? new ApiServer(new MockApi(), null, directory)
        : new ApiServer(null, real, directory);
  }

  /** One with the CRDs of all kinds that Weir reads. */
  static ApiServer withCrds(Path directory) throws IOException {
    ApiServer server = start(directory);
    for (ObjectType<?> type : StandardTypes.ALL) {
      if (type.layout() == ObjectType.Layout.SPEC) {
        server.install(type, List.copyOf(type.versions().keySet()));
      }
    }
    return server;
  }

  private static String config(String url) {
    return """
    apiVersion: v1
    kind: Config
    clusters: [{name: test, cluster: {server: "%s"}}]
    contexts: [{name: test, context: {cluster: test, user: test, namespace: weir-system}}]
    current-context: test
    users: [{name: test, user: {token: test}}]
    """
        .formatted(url);
  }

  /** What answers, for the report of the tests. */
  String description() {
    return real == null
        ? "fabric8's mock API server (no kube-apiserver and etcd on this machine)"
        : real.description();
  }

  /** The mock, for what only a mock can tell or do; null if the server is real. */
  @Nullable MockApi mock() {
    return mock;
  }

  Path kubeconfig() {
    return kubeconfig;
  }

  /** Where it listens. */
  InetSocketAddress address() {
    URL url = user.getMasterUrl();
    return new InetSocketAddress(url.getHost(), url.getPort());
  }

  /** A kubeconfig that leads to it by way of another address. */
  Path kubeconfigBy(InetSocketAddress way) throws IOException {
    return Files.writeString(
        kubeconfig.resolveSibling("by-" + way.getPort() + "-" + kubeconfig.getFileName()),
        Files.readString(kubeconfig)
            .replaceFirst(
                "(https?://)[^\"/]+",
                "$1" + way.getAddress().getHostAddress() + ":" + way.getPort()));
  }

  /** A connection as the controller has one. */
  ApiConnection connect() throws IOException {
    return ApiConnection.open(kubeconfig, null);
  }

  /** Installs the CRD of a kind, with these versions of it; replaces one that is there. */
  void install(ObjectType<?> type, List<String> versions) {
    Kind kind = type.kind();
    String served =
        versions.stream()
            .map(version ->
                """
                  - name: %s
                    served: true
                    storage: %s
                    subresources: {status: {}}
                    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
                """
                    .formatted(version, version.equals(versions.getFirst())))
            .collect(Collectors.joining());
    apply(
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: %1$s.%2$s
          annotations:
            api-approved.kubernetes.io: https://github.com/kubernetes-sigs/gateway-api
        spec:
          group: %2$s
          scope: %3$s
          names: {kind: %4$s, plural: %1$s, singular: %5$s, listKind: %4$sList}
          versions:
        """
                .formatted(
                    kind.plural(),
                    kind.group(),
                    kind.scope() == Kind.Scope.CLUSTER ? "Cluster" : "Namespaced",
                    kind.kind(),
                    kind.kind().toLowerCase(java.util.Locale.ROOT))
            + served);
  }

  /** Takes the CRD of a kind away. */
  void uninstall(ObjectType<?> type) {
    user.apiextensions()
        .v1()
        .customResourceDefinitions()
        .withName(type.kind().plural() + "." + type.kind().group())
        .delete();
  }

  /** Creates or replaces objects, as {@code kubectl apply} would. */
  void apply(String yaml) {
    for (HasMetadata object : read(yaml)) {
      var resource = user.resource(object);
      try {
        HasMetadata there = resource.get();
        if (there == null) {
          resource.create();
        } else {
          object.getMetadata().setResourceVersion(null);
          resource.update();
        }
      } catch (KubernetesClientException e) {
        throw new AssertionError("cannot apply " + object, e);
      }
    }
  }

  /** Creates objects that are known not to be there. */
  void create(String yaml) {
    read(yaml).forEach(object -> user.resource(object).create());
  }

  /** Deletes objects. */
  void delete(String yaml) {
    for (HasMetadata object : read(yaml)) {
      user.resource(object).delete();
    }
  }

  private List<HasMetadata> read(String yaml) {
    List<HasMetadata> objects = new ArrayList<>();
    for (String document : yaml.split("(?m)^---$", -1)) {
      if (!document.isBlank()) {
        objects.addAll(
            user.load(new ByteArrayInputStream(document.getBytes(StandardCharsets.UTF_8))).items());
      }
    }
    return objects;
  }

  /** An object as the server holds it; a missing node if it does not. */
  JsonNode object(ObjectType<?> type, String namespace, String name) {
    return object(type.kind(), namespace, name);
  }

  JsonNode object(Kind kind, String namespace, String name) {
    var resources = user.genericKubernetesResources(context(kind));
    GenericKubernetesResource found =
        namespace.isEmpty()
            ? resources.withName(name).get()
            : resources.inNamespace(namespace).withName(name).get();
    return found == null
        ? JSON.missingNode()
        : JSON.readTree(user.getKubernetesSerialization().asJson(found));
  }

  /** All objects of a kind. */
  List<JsonNode> objects(Kind kind) {
    return user
        .genericKubernetesResources(context(kind))
        .inAnyNamespace()
        .list()
        .getItems()
        .stream()
        .map(each -> JSON.readTree(user.getKubernetesSerialization().asJson(each)))
        .toList();
  }

  private static ResourceDefinitionContext context(Kind kind) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(kind.group())
        .withVersion(kind.version())
        .withKind(kind.kind())
        .withPlural(kind.plural())
        .withNamespaced(kind.scope() == Kind.Scope.NAMESPACED)
        .build();
  }

  /** Another controller, or a user, writes a status. */
  void status(ObjectType<?> type, String namespace, String name, Map<String, ?> status) {
    var resource =
        user.genericKubernetesResources(context(type.kind())).inNamespace(namespace).withName(name);
    GenericKubernetesResource object = resource.get();
    object.setAdditionalProperty("status", status);
    user.resource(object).updateStatus();
  }

  /** Nobody answers. */
  void stop() {
    if (mock != null) {
      mock.stop();
    } else if (real != null) {
      real.stop();
    }
  }

  /** On the same port, with the same objects. */
  void startAgain() throws IOException {
    if (mock != null) {
      mock.startAgain();
    } else if (real != null) {
      real.startAgain();
    }
  }

  @Override
  public void close() {
    user.close();
    stop();
    if (real != null) {
      real.close();
    }
  }
}
