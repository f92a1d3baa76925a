package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.controlplane.kube.ApiConnection;
import dev.weir.controlplane.kube.KubernetesTokenReview;
import dev.weir.controlplane.kube.KubernetesTokenReview.ServiceAccount;
import dev.weir.controlplane.kube.Leadership;
import dev.weir.controlplane.kube.ObjectApplier;
import dev.weir.controlplane.kube.TlsSecret;
import dev.weir.core.api.Kind;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayClass;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.problem.ObjectRef;
import dev.weir.endtoend.Eventually;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the controller writes into an API server. */
class ControllerTest {
  private static final String ROUTE = Shop.route("cart", "cart");

  private static final Kind EVENT = Kind.namespaced("events.k8s.io", "v1", "Event", "events");
  private static final Kind DEPLOYMENT = Kind.namespaced("apps", "v1", "Deployment", "deployments");

  private static final Leadership.Timing QUICK =
      new Leadership.Timing(Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofMillis(300));

  @TempDir private Path directory;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  private <C extends AutoCloseable> C open(C resource) {
    opened.push(resource);
    return resource;
  }

  @AfterEach
  void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  private ApiServer server() throws Exception {
    ApiServer server = open(ApiServer.withCrds(directory));
    server.apply(Shop.EMPTY + Shop.gateway("web", 80) + Shop.service("cart") + ROUTE);
    return server;
  }

  private Controller controller(
      ApiServer server, String identity, boolean election, FakeProxies proxies) throws Exception {
    return open(
        Controller.start(
            new ControllerOptions(
                server.kubeconfig(),
                null,
                "weir-system",
                identity,
                election ? new ControllerOptions.Election("weir", QUICK, null) : null,
                "127.31.0.0/24",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            proxies::start));
  }

  private static JsonNode condition(JsonNode conditions, String type) {
    for (JsonNode each : conditions) {
      if (each.path("type").asString().equals(type)) {
        return each;
      }
    }
    throw new AssertionError("no " + type + " in " + conditions);
  }

  private static JsonNode parents(ApiServer server, String route) {
    return server.object(HttpRoute.TYPE, "shop", route).path("status").path("parents");
  }

  private static void holds(JsonNode conditions, String type) {
    assertThat(condition(conditions, type).path("status").asString()).as(type).isEqualTo("True");
  }

  @Test
  void statusTellsWhatProxiesRunAndCausesNoTranslation(TestReporter reporter) throws Exception {
    ApiServer server = server();
    reporter.publishEntry("API server", server.description());
    FakeProxies proxies = new FakeProxies();
    Controller controller = controller(server, "a", false, proxies);

    Eventually.holds(() -> {
      JsonNode gateway = server.object(Gateway.TYPE, "shop", "web").path("status");
      holds(gateway.path("conditions"), "Accepted");
      holds(gateway.path("conditions"), "Programmed");
      holds(gateway.path("conditions"), "Ready");
      assertThat(gateway.path("addresses").get(0).path("value").asString()).isEqualTo("127.31.0.1");
      assertThat(gateway.path("listeners").get(0).path("attachedRoutes").asInt()).isEqualTo(1);
      holds(
          server.object(GatewayClass.TYPE, "", "weir").path("status").path("conditions"),
          "Accepted");
      holds(parents(server, "cart").get(0).path("conditions"), "Accepted");
      assertThat(parents(server, "cart").get(0).path("controllerName").asString())
          .isEqualTo("weir.dev/gateway-controller");
    });

    MockApi mock = server.mock();
    if (mock != null) {
      // What the mock lets pass and real servers refuse.
      assertThat(mock.requests())
          .filteredOn(request -> request.method().equals("PATCH"))
          .isNotEmpty()
          .allSatisfy(request -> {
            assertThat(request.path())
                .endsWith("/status?fieldManager=weir.dev%2Fgateway-controller&force=true");
            assertThat(request.contentType()).isEqualTo("application/apply-patch+yaml");
            JsonNode body = request.json();
            assertThat(body.path("metadata").path("resourceVersion").asString("")).isNotEmpty();
            assertThat(body.path("metadata").has("managedFields")).isFalse();
            assertThat(body.propertyNames())
                .containsExactlyInAnyOrder("apiVersion", "kind", "metadata", "status");
          });
    }
    // All that was written came back by the watch by the time that a later change has.
    int translations = proxies.published.size();
    server.apply(Shop.route("other", "cart"));
    Eventually.holds(() -> holds(parents(server, "other").get(0).path("conditions"), "Accepted"));
    assertThat(proxies.published).hasSize(translations + 1);
    assertThat(page(controller, "/ready").statusCode()).isEqualTo(200);
    assertThat(page(controller, "/proxies").body()).contains("node-a").contains("runs ");
    assertThat(page(controller, "/metrics").body()).contains("weir_controller_leader 1.0");
    assertThat(page(controller, "/status").body()).contains("\"Programmed\"");
  }

  private static HttpResponse<String> page(Controller controller, String path) throws Exception {
    InetSocketAddress address = Objects.requireNonNull(controller.adminAddress());
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.getPort() + path))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void entriesOfOtherControllersStay() throws Exception {
    ApiServer server = server();
    Map<String, Object> theirs =
        Map.of(
            "controllerName",
            "example.com/other",
            "parentRef",
            Map.of("name", "theirs"),
            "conditions",
            List.of());
    server.status(HttpRoute.TYPE, "shop", "cart", Map.of("parents", List.of(theirs)));
    controller(server, "a", false, new FakeProxies());

    Eventually.holds(() -> {
      assertThat(parents(server, "cart")).hasSize(2);
      assertThat(parents(server, "cart").get(0).path("parentRef").path("name").asString())
          .isEqualTo("theirs");
      holds(parents(server, "cart").get(1).path("conditions"), "Accepted");
    });
    // Somebody else takes our entry away: it comes back, and theirs stays.
    server.status(HttpRoute.TYPE, "shop", "cart", Map.of("parents", List.of(theirs)));
    Eventually.holds(() -> assertThat(parents(server, "cart")).hasSize(2));
    // The route is for others now: our entry goes.
    server.apply(ROUTE.replace("name: web", "name: theirs"));
    Eventually.holds(() -> {
      assertThat(parents(server, "cart")).hasSize(1);
      assertThat(parents(server, "cart").get(0).path("controllerName").asString())
          .isEqualTo("example.com/other");
    });
  }

  @Test
  void restartMovesNoTimesAndNoAddresses() throws Exception {
    ApiServer server = server();
    Controller first = controller(server, "a", false, new FakeProxies());
    Eventually.holds(() ->
        holds(
            server.object(Gateway.TYPE, "shop", "web").path("status").path("conditions"), "Ready"));
    server.apply(Shop.gateway("another", 80));
    Eventually.holds(() ->
        holds(
            server.object(Gateway.TYPE, "shop", "another").path("status").path("conditions"),
            "Ready"));
    first.close();
    JsonNode gateway = server.object(Gateway.TYPE, "shop", "web");
    JsonNode another = server.object(Gateway.TYPE, "shop", "another");
    JsonNode route = server.object(HttpRoute.TYPE, "shop", "cart");
    // Times have seconds: what is written in the next one would differ.
    Instant second = Instant.now().plusMillis(1100);
    Eventually.holds(() -> assertThat(Instant.now()).isAfter(second));

    FakeProxies proxies = new FakeProxies();
    controller(server, "b", false, proxies);
    server.apply(Shop.route("later", "cart"));
    Eventually.holds(() -> assertThat(parents(server, "later")).hasSize(1));
    assertThat(server.object(HttpRoute.TYPE, "shop", "cart")).isEqualTo(route);
    assertThat(server.object(Gateway.TYPE, "shop", "another")).isEqualTo(another);
    JsonNode after = server.object(Gateway.TYPE, "shop", "web");
    assertThat(after.path("status").path("addresses"))
        .isEqualTo(gateway.path("status").path("addresses"));
    for (String type : List.of("Accepted", "Programmed")) {
      assertThat(
              condition(after.path("status").path("conditions"), type).path("lastTransitionTime"))
          .isEqualTo(
              condition(gateway.path("status").path("conditions"), type)
                  .path("lastTransitionTime"));
    }
  }

  @Test
  void writesAreTriedAgain() throws Exception {
    ApiServer server = server();
    MockApi mock = server.mock();
    if (mock != null) {
      mock.refuseStatus(5);
    }
    controller(server, "a", false, new FakeProxies());
    Eventually.holds(() -> holds(parents(server, "cart").get(0).path("conditions"), "Accepted"));
  }

  /** Somebody else changes the object between our look and our write: 409, and nothing is lost. */
  @Test
  void aStaleVersionIsReadAgain() throws Exception {
    ApiServer server = server();
    assumeTrue(server.mock() != null, "a real server has no rival at hand");
    MockApi mock = Objects.requireNonNull(server.mock());
    mock.rival(3);
    Controller controller = controller(server, "a", false, new FakeProxies());
    Eventually.holds(() -> {
      holds(parents(server, "cart").get(0).path("conditions"), "Accepted");
      holds(server.object(Gateway.TYPE, "shop", "web").path("status").path("conditions"), "Ready");
      assertThat(page(controller, "/metrics").body())
          .containsPattern("weir_controller_status_write_conflicts_total ([3-9]|[1-9][0-9]+)\\.0")
          .contains("weir_controller_status_write_failures_total 0.0");
    });
  }

  /** What is written differs from what the server holds then for ever: that must be no loop. */
  @Test
  void fieldsThatAnOlderCrdDropsAreNotWrittenAgainAndAgain() throws Exception {
    ApiServer server = server();
    assumeTrue(server.mock() != null, "a real server would need older CRDs");
    MockApi mock = Objects.requireNonNull(server.mock());
    mock.dropFromStatus("supportedFeatures");
    mock.dropFromStatus("attachedRoutes");
    controller(server, "a", false, new FakeProxies());
    for (int i = 0; i < 5; i++) {
      String name = "later-" + i;
      server.apply(Shop.route(name, "cart"));
      Eventually.holds(() -> assertThat(parents(server, name)).hasSize(1));
    }
    assertThat(server.object(GatewayClass.TYPE, "", "weir").path("status").has("supportedFeatures"))
        .isFalse();
    // At the start; and each route changes the version and the number of routes of the Gateway.
    assertThat(written(mock, "/gatewayclasses/weir/")).isBetween(1L, 2L);
    assertThat(written(mock, "/gateways/web/")).isBetween(1L, 14L);
  }

  private static long written(MockApi mock, String path) {
    return mock.requests().stream()
        .filter(request -> request.method().equals("PATCH") && request.path().contains(path))
        .count();
  }

  @Test
  void aRejectionIsToldInTheStatusOfTheGuiltyRoute() throws Exception {
    ApiServer server = server();
    FakeProxies proxies = new FakeProxies();
    controller(server, "a", false, proxies);
    Eventually.holds(() -> holds(parents(server, "cart").get(0).path("conditions"), "Ready"));
    proxies.reject("guilty.example.com");
    server.apply(Shop.route("guilty", "cart", "guilty.example.com"));

    Eventually.holds(() -> {
      JsonNode guilty = condition(parents(server, "guilty").path(0).path("conditions"), "Ready");
      assertThat(guilty.path("reason").asString()).isEqualTo("Invalid");
      assertThat(guilty.path("message").asString()).contains("node-a", "match: too much");
    });
    // The other one is not to blame.
    assertThat(
            condition(parents(server, "cart").get(0).path("conditions"), "Ready").path("message"))
        .isNotEqualTo(
            condition(parents(server, "guilty").path(0).path("conditions"), "Ready")
                .path("message"));
  }

  @Test
  void errorsBecomeEventsOnce() throws Exception {
    ApiServer server = server();
    controller(server, "a", false, new FakeProxies());
    Eventually.holds(() -> holds(parents(server, "cart").get(0).path("conditions"), "Accepted"));
    server.apply(Shop.route("cart", "cart", "not_a_host"));
    Eventually.holds(() -> assertThat(server.objects(EVENT)).hasSize(1));
    JsonNode event = server.objects(EVENT).getFirst();
    assertThat(event.path("type").asString()).isEqualTo("Warning");
    assertThat(event.path("reason").asString()).isEqualTo("InvalidValue");
    assertThat(event.path("note").asString()).startsWith("spec.hostnames[0]: ");
    assertThat(event.path("regarding").path("name").asString()).isEqualTo("cart");
    assertThat(event.path("regarding").path("kind").asString()).isEqualTo("HTTPRoute");
    for (String required :
        List.of("eventTime", "reportingController", "reportingInstance", "action")) {
      assertThat(event.path(required).asString("")).as(required).isNotEmpty();
    }
    // The same error after another change is the same error.
    server.apply(Shop.route("more", "cart"));
    Eventually.holds(() -> assertThat(parents(server, "more")).hasSize(1));
    assertThat(server.objects(EVENT)).hasSize(1);
  }

  @Test
  void leaderAloneWritesAndAnotherTakesOver() throws Exception {
    ApiServer server = server();
    FakeProxies one = new FakeProxies();
    FakeProxies two = new FakeProxies();
    Controller first = controller(server, "one", true, one);
    Eventually.holds(() -> assertThat(first.leads()).isTrue());
    Controller second = controller(server, "two", true, two);
    Eventually.holds(() -> {
      assertThat(two.published).isNotEmpty();
      assertThat(second.state()).isNotNull();
      holds(parents(server, "cart").get(0).path("conditions"), "Accepted");
    });
    assertThat(second.leads()).isFalse();
    assertThat(page(second, "/healthz").body()).isEqualTo("follows\n");
    assertThat(page(second, "/serves").statusCode()).isEqualTo(503);
    assertThat(page(second, "/serves").body()).isEqualTo("one leads\n");
    assertThat(page(first, "/serves").statusCode()).isEqualTo(200);

    first.close();
    assertThat(first.leads()).isFalse();
    server.apply(Shop.route("more", "cart"));
    Eventually.holds(() -> {
      assertThat(second.leads()).isTrue();
      assertThat(page(second, "/serves").statusCode()).isEqualTo(200);
      assertThat(parents(server, "more")).hasSize(1);
    });
  }

  @Test
  void leadershipEndsByItselfWhenTheServerIsGone() throws Exception {
    ApiServer server = server();
    Controller controller = controller(server, "one", true, new FakeProxies());
    Eventually.holds(() -> {
      assertThat(controller.leads()).isTrue();
      holds(parents(server, "cart").get(0).path("conditions"), "Accepted");
    });
    server.stop();
    Eventually.holds(() -> assertThat(controller.leads()).isFalse());
    assertThat(controller.state()).isNotNull();
    // Nobody else is known to lead.
    assertThat(controller.elsewhere()).isNull();
    MockApi mock = server.mock();
    if (mock != null) {
      mock.forgetHistory();
    }
    server.startAgain();
    server.apply(Shop.route("more", "cart"));
    Eventually.holds(() -> assertThat(parents(server, "more")).hasSize(1));
  }

  /** Nobody else has taken the place of a controller that was killed: it need not wait for that. */
  @Test
  void aControllerThatWasRestartedServesBeforeItLeadsAgain() throws Exception {
    ApiServer server = server();
    ApiConnection api = open(server.connect());
    Duration minute = Duration.ofMinutes(1);
    Leadership.Timing slow =
        new Leadership.Timing(minute, minute.dividedBy(2), Duration.ofMillis(50));
    Leadership killed = open(candidate(api, "a-1", "a", slow));
    Eventually.holds(() -> assertThat(killed.held()).isTrue());

    Leadership restarted = open(candidate(api, "a-2", "a", slow));
    Leadership other = open(candidate(api, "b-1", "b", slow));
    Eventually.holds(() -> {
      assertThat(restarted.elsewhere()).isNull();
      assertThat(other.elsewhere()).isEqualTo("a-1 leads");
    });
    assertThat(restarted.held()).isFalse();
    assertThat(killed.elsewhere()).isNull();
  }

  private static Leadership candidate(
      ApiConnection api, String identity, String controller, Leadership.Timing timing) {
    return Leadership.run(
        api,
        new Leadership.Candidacy("weir-system", "weir", identity, controller, timing),
        () -> {},
        () -> {});
  }

  @Test
  void tokensOfOthersOpenNothing() throws Exception {
    ApiServer server = open(ApiServer.start(directory));
    MockApi mock = server.mock();
    ApiConnection api = open(server.connect());
    KubernetesTokenReview review =
        new KubernetesTokenReview(
            api,
            account ->
                account.equals(new ServiceAccount("shop", "web")) ? "Gateway/shop/web" : null);
    if (mock != null) {
      mock.token("good", "system:serviceaccount:shop:web", "weir.dev/controller");
      mock.token("elsewhere", "system:serviceaccount:shop:web", "https://kubernetes.default.svc");
      mock.token("other", "system:serviceaccount:shop:default", "weir.dev/controller");
      mock.token("person", "alice", "weir.dev/controller");
      assertThat(review.serves("good")).isEqualTo("Gateway/shop/web");
    }
    assertThat(review.serves("elsewhere")).isNull();
    assertThat(review.serves("other")).isNull();
    assertThat(review.serves("person")).isNull();
    assertThat(review.serves("made up")).isNull();
    server.stop();
    assertThatIOException().isThrownBy(() -> review.serves("good"));
  }

  @Test
  void controllersShareOneAuthority() throws Exception {
    ApiServer server = open(ApiServer.start(directory));
    server.apply(Shop.namespace("weir-system"));
    ApiConnection api = open(server.connect());
    TlsSecret late = new TlsSecret("late", "late key");
    TlsSecret made =
        TlsSecret.loadOrCreate(
            api,
            "weir-system",
            TlsSecret.AUTHORITY,
            () -> {
              try {
                // Another controller makes one between our look and our write.
                TlsSecret.loadOrCreate(
                    api, "weir-system", TlsSecret.AUTHORITY, () -> new TlsSecret("first", "key"));
              } catch (java.io.IOException e) {
                throw new AssertionError(e);
              }
              return late;
            });
    assertThat(made).isEqualTo(new TlsSecret("first", "key"));
    assertThat(made.toString()).doesNotContain("key");
    assertThat(TlsSecret.loadOrCreate(api, "weir-system", TlsSecret.AUTHORITY, () -> late))
        .isEqualTo(made);
  }

  @Test
  void objectsOfAGatewayComeAndGo() throws Exception {
    ApiServer server = open(ApiServer.start(directory));
    server.apply(Shop.namespace("shop"));
    ApiConnection api = open(server.connect());
    ObjectApplier applier = new ObjectApplier(api);
    ObjectRef gateway = new ObjectRef("gateway.networking.k8s.io", "Gateway", "shop", "web");
    server.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: by-hand, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: web}}
        spec:
          selector: {matchLabels: {a: b}}
          template:
            metadata: {labels: {a: b}}
            spec: {containers: [{name: x, image: x}]}
        """);
    applier.reconcile(gateway, List.of(deployment("web-1", 1), deployment("web-2", 1)));
    assertThat(names(server)).containsExactlyInAnyOrder("by-hand", "web-1", "web-2");
    applier.reconcile(gateway, List.of(deployment("web-2", 3)));
    assertThat(names(server)).containsExactlyInAnyOrder("by-hand", "web-2");
    assertThat(server.object(DEPLOYMENT, "shop", "web-2").path("spec").path("replicas").asInt())
        .isEqualTo(3);
    applier.reconcile(gateway, List.of());
    assertThat(names(server)).containsExactly("by-hand");
  }

  private static List<String> names(ApiServer server) {
    return server.objects(DEPLOYMENT).stream()
        .map(each -> each.path("metadata").path("name").asString())
        .toList();
  }

  @SuppressWarnings("unchecked") // a JSON object
  private static Map<String, Object> deployment(String name, int replicas) {
    return (Map<String, Object>)
        JsonMapper.builder()
            .build()
            .readValue(
                """
                {"apiVersion": "apps/v1", "kind": "Deployment",
                 "metadata": {"name": "%s", "namespace": "shop", "labels": {
                   "gateway.networking.k8s.io/gateway-name": "web",
                   "app.kubernetes.io/managed-by": "weir"}},
                 "spec": {"replicas": %d, "selector": {"matchLabels": {"a": "b"}},
                   "template": {"metadata": {"labels": {"a": "b"}},
                     "spec": {"containers": [{"name": "x", "image": "x"}]}}}}
                """
                    .formatted(name, replicas),
                Map.class);
  }
}
