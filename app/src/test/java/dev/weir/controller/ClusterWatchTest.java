package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.kube.ApiConnection;
import dev.weir.controlplane.kube.ClusterWatch;
import dev.weir.controlplane.kube.ClusterWatch.Observed;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.GatewayClass;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.api.gateway.TcpRoute;
import dev.weir.core.api.k8s.ConfigMap;
import dev.weir.core.api.k8s.EndpointSlice;
import dev.weir.core.api.k8s.Namespace;
import dev.weir.core.api.k8s.Secret;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.problem.Severity;
import dev.weir.endtoend.Eventually;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is seen of an API server. */
class ClusterWatchTest {
  @TempDir private Path directory;

  private @Nullable ApiServer server;
  private @Nullable ApiConnection connection;
  private @Nullable ClusterWatch watch;
  private final List<Observed> observed = new CopyOnWriteArrayList<>();

  private ApiServer server() throws Exception {
    ApiServer started = ApiServer.withCrds(directory);
    server = started;
    return started;
  }

  private void watch(ApiServer api) throws Exception {
    connection = api.connect();
    watch = ClusterWatch.start(connection, StandardTypes.ALL, observed::add);
  }

  @AfterEach
  void close() {
    if (watch != null) {
      watch.close();
    }
    if (connection != null) {
      connection.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private Observed last() {
    return observed.isEmpty()
        ? new Observed(
            dev.weir.controlplane.state.ClusterState.EMPTY, List.of(), java.util.Map.of())
        : observed.getLast();
  }

  private @Nullable KubeObject<?> object(ObjectType<?> type, String namespace, String name) {
    return last().state().object(type, namespace, name);
  }

  private static String gateway(String certificate) {
    return Shop.gateway(
        "web",
        "listeners: [{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: %s}]}}]"
            .formatted(certificate));
  }

  private static String secret(String name) {
    return """
    apiVersion: v1
    kind: Secret
    metadata: {name: %s, namespace: shop}
    data: {a: YQ==}
    """
        .formatted(name);
  }

  @Test
  void firstStateHasEverythingAndChangesFollow() throws Exception {
    ApiServer api = server();
    api.apply(
        Shop.EMPTY + Shop.service("cart") + Shop.endpoints("cart", 8080, List.of("10.1.0.1")));
    for (int i = 0; i < 40; i++) {
      api.apply(Shop.route("r" + i, "cart", "r" + i + ".example.com"));
    }
    watch(api);

    Eventually.holds(() -> assertThat(observed).isNotEmpty());
    Observed first = observed.getFirst();
    assertThat(first.state().objects(HttpRoute.TYPE)).hasSize(40);
    assertThat(first.state().object(GatewayClass.TYPE, "", "weir")).isNotNull();
    assertThat(first.state().object(Namespace.TYPE, "", "shop")).isNotNull();
    assertThat(first.state().object(Service.TYPE, "shop", "cart")).isNotNull();
    assertThat(first.state().object(EndpointSlice.TYPE, "shop", "cart")).isNotNull();
    KubeObject<HttpRoute> route =
        Objects.requireNonNull(first.state().object(HttpRoute.TYPE, "shop", "r1"));
    assertThat(route.meta().uid()).isNotEmpty();
    assertThat(route.meta().generation()).isEqualTo(1);
    assertThat(route.meta().resourceVersion()).isNotEmpty();

    api.apply(Shop.route("r1", "cart", "other.example.com"));
    Eventually.holds(() -> {
      KubeObject<HttpRoute> changed =
          Objects.requireNonNull(last().state().object(HttpRoute.TYPE, "shop", "r1"));
      assertThat(changed.spec().hostnames()).containsExactly("other.example.com");
      assertThat(changed.meta().generation()).isEqualTo(2);
    });
    assertThat(object(HttpRoute.TYPE, "shop", "r2"))
        .isSameAs(first.state().object(HttpRoute.TYPE, "shop", "r2"));

    api.delete(Shop.route("r1", "cart"));
    Eventually.holds(() -> assertThat(object(HttpRoute.TYPE, "shop", "r1")).isNull());
    assertThat(last().problems()).isEmpty();
  }

  @Test
  void statusIsNoChange() throws Exception {
    ApiServer api = server();
    api.apply(Shop.route("r", "cart", "a.example.com"));
    watch(api);
    Eventually.holds(() -> assertThat(object(HttpRoute.TYPE, "shop", "r")).isNotNull());
    int before = observed.size();
    KubeObject<?> object = object(HttpRoute.TYPE, "shop", "r");

    api.status(HttpRoute.TYPE, "shop", "r", Map.of("parents", List.of()));
    api.apply(Shop.route("s", "cart", "b.example.com"));

    Eventually.holds(() -> assertThat(object(HttpRoute.TYPE, "shop", "s")).isNotNull());
    assertThat(observed).hasSize(before + 1);
    assertThat(object(HttpRoute.TYPE, "shop", "r")).isSameAs(object);
  }

  @Test
  void onlyReferencedSecretsAreRead() throws Exception {
    ApiServer api = server();
    api.apply(secret("one"));
    api.apply(secret("two"));
    api.apply(secret("other"));
    api.apply(gateway("one"));
    watch(api);
    Eventually.holds(() -> assertThat(observed).isNotEmpty());

    // The first state has it already: no gateway is without its certificate for a moment.
    assertThat(observed.getFirst().state().objects(Secret.TYPE))
        .extracting(secret -> secret.ref().name())
        .containsExactly("one");
    MockApi mock = api.mock();
    if (mock != null) {
      assertThat(mock.requests())
          .filteredOn(request -> request.path().contains("secrets"))
          .filteredOn(request -> request.method().equals("GET"))
          .filteredOn(request -> request.path().contains("fieldSelector"))
          .isNotEmpty()
          .allMatch(request -> request.path().contains("/namespaces/shop/secrets?"))
          .allMatch(request -> request.path().matches(".*fieldSelector=metadata.name(=|%3D)one.*"));
      assertThat(mock.requests())
          .noneMatch(request -> request.path().matches("/api/v1/secrets.*"))
          .noneMatch(request -> request.path().matches("/api/v1/configmaps.*"));
    }

    int before = observed.size();
    api.apply(gateway("two"));
    Eventually.holds(() ->
        assertThat(last().state().objects(Secret.TYPE))
            .extracting(secret -> secret.ref().name())
            .containsExactly("two"));
    // Not one state between has the new gateway without its Secret.
    assertThat(observed.subList(before, observed.size()))
        .allMatch(state -> state.state().objects(Secret.TYPE).size() == 1);

    api.delete(secret("two"));
    Eventually.holds(() -> assertThat(last().state().objects(Secret.TYPE)).isEmpty());
    api.apply(secret("two"));
    Eventually.holds(() -> assertThat(last().state().objects(Secret.TYPE)).hasSize(1));
  }

  @Test
  void configMapsOfPoliciesAreRead() throws Exception {
    ApiServer api = server();
    api.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: ca, namespace: shop}
        data: {ca.crt: x}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: BackendTLSPolicy
        metadata: {name: p, namespace: shop}
        spec:
          targetRefs: [{group: "", kind: Service, name: cart}]
          validation:
            hostname: cart.example.com
            caCertificateRefs: [{group: "", kind: ConfigMap, name: ca}]
        """);
    watch(api);
    Eventually.holds(() -> assertThat(object(ConfigMap.TYPE, "shop", "ca")).isNotNull());
  }

  @Test
  void whatCannotBeReadKeepsItsLastGoodVersion() throws Exception {
    ApiServer api = server();
    api.apply(Shop.route("r", "cart", "a.example.com"));
    api.apply(Shop.route("s", "cart", "b.example.com"));
    watch(api);
    Eventually.holds(() -> assertThat(object(HttpRoute.TYPE, "shop", "r")).isNotNull());
    KubeObject<?> good = object(HttpRoute.TYPE, "shop", "r");

    api.apply(Shop.route("r", "cart", "not_a_host"));
    api.apply(Shop.route("s", "cart", "c.example.com"));
    Eventually.holds(() -> {
      assertThat(last().problems())
          .anyMatch(p -> p.severity() == Severity.ERROR && p.path().equals("spec.hostnames[0]"));
      KubeObject<HttpRoute> other =
          Objects.requireNonNull(last().state().object(HttpRoute.TYPE, "shop", "s"));
      assertThat(other.spec().hostnames()).containsExactly("c.example.com");
    });
    assertThat(object(HttpRoute.TYPE, "shop", "r")).isSameAs(good);
    assertThat(last().problems()).anyMatch(p -> p.reason().equals("LastGoodVersion"));

    api.apply(Shop.route("r", "cart", "d.example.com"));
    Eventually.holds(() -> assertThat(last().problems()).isEmpty());
  }

  @Test
  void crdsMayComeLaterAndGo() throws Exception {
    ApiServer api = ApiServer.start(directory);
    server = api;
    api.install(HttpRoute.TYPE, List.of("v1"));
    api.apply(Shop.route("r", "cart", "a.example.com"));
    watch(api);
    Eventually.holds(() -> assertThat(object(HttpRoute.TYPE, "shop", "r")).isNotNull());

    String tcp =
        """
        apiVersion: gateway.networking.k8s.io/v1alpha2
        kind: TCPRoute
        metadata: {name: t, namespace: shop}
        spec:
          parentRefs: [{name: web}]
          rules: [{backendRefs: [{name: cart, port: 80}]}]
        """;
    // An older CRD than today's: its version is the one that is read.
    api.install(TcpRoute.TYPE, List.of("v1alpha2"));
    api.apply(tcp);
    Eventually.holds(() -> assertThat(object(TcpRoute.TYPE, "shop", "t")).isNotNull());

    api.uninstall(TcpRoute.TYPE);
    Eventually.holds(() -> assertThat(object(TcpRoute.TYPE, "shop", "t")).isNull());
    assertThat(object(HttpRoute.TYPE, "shop", "r")).isNotNull();
  }

  @Test
  void versionsThatNobodyKnowsAreNotRead() throws Exception {
    ApiServer api = ApiServer.start(directory);
    server = api;
    api.install(HttpRoute.TYPE, List.of("v9"));
    watch(api);
    Eventually.holds(() -> assertThat(observed).isNotEmpty());
    api.install(HttpRoute.TYPE, List.of("v9", "v1"));
    api.apply(Shop.route("r", "cart", "a.example.com"));
    Eventually.holds(() -> assertThat(object(HttpRoute.TYPE, "shop", "r")).isNotNull());
  }

  @Test
  void serverMayGoAndComeBack() throws Exception {
    ApiServer api = server();
    api.apply(Shop.route("r", "cart", "a.example.com"));
    watch(api);
    Eventually.holds(() -> assertThat(object(HttpRoute.TYPE, "shop", "r")).isNotNull());
    ApiConnection used = Objects.requireNonNull(connection);
    int before = observed.size();

    api.stop();
    Eventually.holds(() -> assertThat(used.health().reachable()).isFalse());
    assertThat(used.health().failures()).isPositive();
    assertThat(observed).hasSize(before);

    MockApi mock = api.mock();
    if (mock != null) {
      mock.forgetHistory();
    }
    api.startAgain();
    api.apply(Shop.route("s", "cart", "b.example.com"));
    api.delete(Shop.route("r", "cart"));
    Eventually.holds(() -> {
      assertThat(object(HttpRoute.TYPE, "shop", "s")).isNotNull();
      assertThat(object(HttpRoute.TYPE, "shop", "r")).isNull();
      assertThat(used.health().reachable()).isTrue();
    });
  }
}
