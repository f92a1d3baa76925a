package dev.weir.proxy.source.ads;

import static dev.weir.core.xds.ResourceType.CLUSTER;
import static dev.weir.core.xds.ResourceType.CLUSTER_LOAD_ASSIGNMENT;
import static dev.weir.core.xds.ResourceType.LISTENER;
import static dev.weir.core.xds.ResourceType.ROUTE_CONFIGURATION;
import static dev.weir.core.xds.ResourceType.SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.StringValue;
import dev.weir.core.xds.Applied;
import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.core.xds.Rejections;
import dev.weir.core.xds.ResourceKey;
import dev.weir.proxy.compile.Compiler;
import dev.weir.proxy.compile.XdsText;
import dev.weir.proxy.observe.ControlPlaneMetrics;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.source.Installer.InstallResult;
import dev.weir.proxy.source.Rollout;
import dev.weir.proxy.source.SnapshotStore;
import dev.weir.proxy.source.ads.AdsOptions.Security;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol, with a real connection to a server that the test speaks for. */
class AdsSourceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(AdsSource.PATIENCE_SECONDS);
  private static final Duration REBIND = Duration.ofSeconds(AdsSource.REBIND_SECONDS);
  private static final Duration SAVE = Duration.ofMillis(AdsSource.SAVE_MILLIS);

  @TempDir private Path dir;

  private final HandTurnedClock time = new HandTurnedClock();
  private final BlockingQueue<Plan> installed = new LinkedBlockingQueue<>();
  private final BlockingQueue<Applied> answers = new LinkedBlockingQueue<>();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private volatile List<BindFailure> bindFailures = List.of();
  private Controller controller;
  private @Nullable AdsSource source;

  @BeforeEach
  void start() throws Exception {
    controller = Controller.start();
  }

  @AfterEach
  void stop() throws Exception {
    if (source != null) {
      source.close();
    }
    controller.close();
  }

  private CompletionStage<InstallResult> install(Plan plan) {
    installed.add(plan);
    return CompletableFuture.completedFuture(new InstallResult(bindFailures));
  }

  private void source(int port, @Nullable SnapshotStore store) {
    ControlPlaneMetrics metrics = new ControlPlaneMetrics(time);
    metrics.register(registry);
    AdsSource made =
        new AdsSource(
            new AdsOptions(
                Controller.host(),
                port,
                "proxy-1",
                "Gateway/default/edge",
                "1.2.3",
                new Security.Insecure()),
            new Rollout(new Compiler(List.of()), this::install),
            store,
            answers::add,
            metrics,
            time,
            InstantSource.system(),
            new Random(42),
            time);
    source = made;
    made.start();
  }

  private Plan installed() throws InterruptedException {
    return Objects.requireNonNull(installed.poll(20, TimeUnit.SECONDS), "nothing was installed");
  }

  /** A stream on which the first requests were read. */
  private Controller.Stream fresh() throws InterruptedException {
    source(controller.port(), null);
    Controller.Stream stream = controller.stream();
    stream.request(CLUSTER);
    stream.request(LISTENER);
    return stream;
  }

  private static String listener(String name, int port, String routes) {
    return """
    listeners:
    - name: %s
      address: {socket_address: {address: 127.0.0.1, port_value: %d}}
      filter_chains:
      - filters:
        - name: http
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: %s
            use_remote_address: true
            rds: {config_source: {ads: {}}, route_config_name: %s}
            http_filters:
            - name: router
              typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
    """
        .formatted(name, port, name, routes);
  }

  private static String routes(String name, String cluster) {
    return """
    routes:
    - name: %s
      virtual_hosts:
      - {name: all, domains: ["*"], routes: [{name: r, match: {prefix: /}, route: {cluster: %s}}]}
    """
        .formatted(name, cluster);
  }

  private static String eds(String... clusters) {
    StringBuilder yaml = new StringBuilder("clusters:\n");
    for (String name : clusters) {
      yaml.append("- {name: ")
          .append(name)
          .append(", type: EDS, eds_cluster_config: {eds_config: {ads: {}}}}\n");
    }
    return yaml.toString();
  }

  private static String endpoints(String cluster) {
    return """
    endpoints:
    - cluster_name: %s
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9}}}}]}]
    """
        .formatted(cluster);
  }

  /** Brings a listener with one route to one cluster; everything that was said is read. */
  private void firstSet(Controller.Stream stream) throws InterruptedException {
    stream.send(CLUSTER, "c1", eds("a"));
    stream.subscribes(CLUSTER_LOAD_ASSIGNMENT, "a");
    stream.accepts(CLUSTER, "c1");
    stream.send(CLUSTER_LOAD_ASSIGNMENT, "e1", endpoints("a"));
    assertThat(installed().listeners()).isEmpty();
    stream.accepts(CLUSTER_LOAD_ASSIGNMENT, "e1");
    stream.send(LISTENER, "l1", listener("web", 1, "web-routes"));
    stream.subscribes(ROUTE_CONFIGURATION, "web-routes");
    stream.send(ROUTE_CONFIGURATION, "r1", routes("web-routes", "a"));
    Plan plan = installed();
    assertThat(plan.listeners()).containsOnlyKeys("web");
    assertThat(plan.clusters()).containsOnlyKeys("a");
    stream.accepts(LISTENER, "l1");
    stream.accepts(ROUTE_CONFIGURATION, "r1");
  }

  @Test
  void saysWhoItIsAndAsksForEverything() throws Exception {
    source(controller.port(), null);
    Controller.Stream stream = controller.stream();

    DeltaDiscoveryRequest clusters = stream.request(CLUSTER);
    assertThat(clusters.getNode().getId()).isEqualTo("proxy-1");
    assertThat(clusters.getNode().getCluster()).isEqualTo("Gateway/default/edge");
    assertThat(clusters.getNode().getUserAgentName()).isEqualTo("weir");
    assertThat(clusters.getNode().getUserAgentVersion()).isEqualTo("1.2.3");
    assertThat(clusters.getResourceNamesSubscribeList()).isEmpty();
    assertThat(clusters.getInitialResourceVersionsMap()).isEmpty();
    DeltaDiscoveryRequest listeners = stream.request(LISTENER);
    assertThat(listeners.hasNode()).isFalse();
    assertThat(listeners.getResourceNamesSubscribeList()).isEmpty();
    firstSet(stream);
    assertThat(stream.isQuiet()).isTrue();
  }

  @Test
  void appliesTheChangeOfOneRoute() throws Exception {
    Controller.Stream stream = fresh();
    firstSet(stream);
    // Of the clusters with their endpoints, and of the listener; told after the controller was.
    assertThat(answers.poll(20, TimeUnit.SECONDS)).isNotNull();
    assertThat(answers.poll(20, TimeUnit.SECONDS)).isNotNull();

    stream.send(ROUTE_CONFIGURATION, "r2", routes("web-routes", "nowhere"));

    assertThat(installed().listeners()).containsOnlyKeys("web");
    stream.accepts(ROUTE_CONFIGURATION, "r2");
    Applied applied = Objects.requireNonNull(answers.poll(20, TimeUnit.SECONDS));
    assertThat(applied.verdicts()).hasSize(4);
    assertThat(applied.snapshot().routes().get("web-routes"))
        .isEqualTo(XdsText.snapshot(routes("web-routes", "nowhere")).routes().get("web-routes"));
  }

  @Test
  void namesTheOneThatIsBadAndRunsTheOthers() throws Exception {
    Controller.Stream stream = fresh();

    stream.send(CLUSTER, "c1", "clusters: [{name: good}, {name: bad, lb_policy: MAGLEV}]");

    assertThat(installed().clusters()).containsOnlyKeys("good");
    Rejections rejections = Objects.requireNonNull(Rejections.of(stream.rejects(CLUSTER, "c1")));
    assertThat(rejections.rejected()).containsOnlyKeys(new ResourceKey(CLUSTER, "bad"));
    assertThat(rejections.unbound()).isEmpty();
    stream.send(CLUSTER, "c2", "clusters: [{name: better}]");
    assertThat(installed().clusters()).containsOnlyKeys("good", "better");
    stream.accepts(CLUSTER, "c2");
    assertThat(answered("rejected")).isEqualTo(1);
    assertThat(answered("accepted")).isEqualTo(1);
  }

  private double answered(String result) {
    CounterSnapshot updates =
        (CounterSnapshot) registry.scrape(name -> name.equals("weir_controller_updates")).get(0);
    return updates.getDataPoints().stream()
        .filter(point -> point.getLabels().equals(Labels.of("result", result)))
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  @Test
  void namesWhatIsNoMessage() throws Exception {
    Controller.Stream stream = fresh();
    DeltaDiscoveryResponse.Builder response =
        DeltaDiscoveryResponse.newBuilder().setTypeUrl(CLUSTER.url()).setNonce("c1");
    response
        .addResourcesBuilder()
        .setName("strange")
        .setVersion("7")
        .setResource(Any.pack(StringValue.of("no cluster")));
    stream.send(response.build());

    Rejections rejections = Objects.requireNonNull(Rejections.of(stream.rejects(CLUSTER, "c1")));
    assertThat(rejections.rejected().get(new ResourceKey(CLUSTER, "strange")))
        .satisfies(verdict -> assertThat(verdict.version()).isEqualTo("7"))
        .satisfies(verdict -> assertThat(verdict.message()).contains("strange", "is not a message"))
        .satisfies(verdict -> assertThat(verdict.running()).isNull());
  }

  /** The listener is not even answered: nobody knows yet whether its address can be bound. */
  @Test
  void opensNoListenerBeforeItsRoutesCame() throws Exception {
    Controller.Stream stream = fresh();
    stream.send(LISTENER, "l1", listener("web", 1, "web-routes"));
    stream.subscribes(ROUTE_CONFIGURATION, "web-routes");
    // Answered behind the listeners, so these were looked at.
    stream.send(CLUSTER, "c1", "clusters: [{name: a}]");
    stream.accepts(CLUSTER, "c1");
    assertThat(installed).isEmpty();

    stream.send(ROUTE_CONFIGURATION, "r1", routes("web-routes", "a"));

    assertThat(installed().listeners()).containsOnlyKeys("web");
    stream.accepts(LISTENER, "l1");
    stream.accepts(ROUTE_CONFIGURATION, "r1");
  }

  @Test
  void whatDoesNotExistIsNotWaitedFor() throws Exception {
    Controller.Stream stream = fresh();
    stream.send(LISTENER, "l1", listener("web", 1, "web-routes"));
    stream.subscribes(ROUTE_CONFIGURATION, "web-routes");

    stream.send(ROUTE_CONFIGURATION, "r1", "", "web-routes");

    assertThat(installed().listeners()).containsOnlyKeys("web");
    stream.accepts(LISTENER, "l1");
    stream.accepts(ROUTE_CONFIGURATION, "r1");
  }

  @Test
  void whatDoesNotComeIsWaitedForOnlyOnceAndNotForLong() throws Exception {
    Controller.Stream stream = fresh();
    stream.send(LISTENER, "l1", listener("web", 1, "web-routes"));
    stream.subscribes(ROUTE_CONFIGURATION, "web-routes");

    time.run(time.planned(PATIENCE, PATIENCE));

    assertThat(installed().listeners()).containsOnlyKeys("web");
    stream.accepts(LISTENER, "l1");
    stream.send(CLUSTER, "c1", "clusters: [{name: a}]");
    assertThat(installed().clusters()).containsOnlyKeys("a");
    stream.accepts(CLUSTER, "c1");
  }

  /**
   * The server sends the second set of routes only when the first is answered, and the set is
   * complete only with both.
   */
  @Test
  void answersDoNotWaitForWhatComesAfterThem() throws Exception {
    Controller.Stream stream = fresh();
    stream.send(LISTENER, "l1", listener("one", 1, "first"));
    stream.subscribes(ROUTE_CONFIGURATION, "first");
    stream.send(CLUSTER, "c1", eds("a"));
    stream.subscribes(CLUSTER_LOAD_ASSIGNMENT, "a");
    stream.accepts(CLUSTER, "c1");
    stream.send(ROUTE_CONFIGURATION, "r1", routes("first", "a"));
    stream.accepts(ROUTE_CONFIGURATION, "r1");
    assertThat(installed).isEmpty();

    stream.send(CLUSTER_LOAD_ASSIGNMENT, "e1", endpoints("a"));

    assertThat(installed().listeners()).containsOnlyKeys("one");
    stream.accepts(CLUSTER_LOAD_ASSIGNMENT, "e1");
    stream.accepts(LISTENER, "l1");
  }

  /** At no time does a route lead to a cluster that is not there. */
  @Test
  void makesBeforeItBreaks() throws Exception {
    Controller.Stream stream = fresh();
    firstSet(stream);

    stream.send(CLUSTER, "c2", eds("b"));
    stream.subscribes(CLUSTER_LOAD_ASSIGNMENT, "b");
    stream.accepts(CLUSTER, "c2");
    stream.send(ROUTE_CONFIGURATION, "r2", routes("web-routes", "b"));
    stream.accepts(ROUTE_CONFIGURATION, "r2");
    assertThat(installed).isEmpty();
    stream.send(CLUSTER_LOAD_ASSIGNMENT, "e2", endpoints("b"));
    assertThat(installed().clusters()).containsOnlyKeys("a", "b");
    stream.accepts(CLUSTER_LOAD_ASSIGNMENT, "e2");

    stream.send(CLUSTER, "c3", "", "a");

    DeltaDiscoveryRequest less = stream.request(CLUSTER_LOAD_ASSIGNMENT);
    assertThat(less.getResourceNamesUnsubscribeList()).containsExactly("a");
    assertThat(installed().clusters()).containsOnlyKeys("b");
    stream.accepts(CLUSTER, "c3");
  }

  @Test
  void aStreamThatIsCutInTheMiddleLeavesWhatRuns() throws Exception {
    Controller.Stream stream = fresh();
    firstSet(stream);
    stream.send(LISTENER, "l2", listener("web", 1, "other-routes"));
    DeltaDiscoveryRequest change = stream.request(ROUTE_CONFIGURATION);
    assertThat(change.getResourceNamesSubscribeList()).containsExactly("other-routes");
    assertThat(change.getResourceNamesUnsubscribeList()).containsExactly("web-routes");

    stream.cut();

    HandTurnedClock.Later reconnect = time.planned(Duration.ofNanos(1), Duration.ofMillis(100));
    assertThat(gauge("weir_controller_connected")).isZero();
    assertThat(installed).isEmpty();
    time.run(reconnect);
    Controller.Stream second = controller.stream();
    assertThat(second.request(CLUSTER).getInitialResourceVersionsMap()).containsOnlyKeys("a");
    DeltaDiscoveryRequest endpoints = second.request(CLUSTER_LOAD_ASSIGNMENT);
    assertThat(endpoints.getResourceNamesSubscribeList()).containsExactly("a");
    assertThat(endpoints.getInitialResourceVersionsMap()).containsOnlyKeys("a");
    String version =
        XdsText.snapshot(listener("web", 1, "web-routes"))
            .listeners()
            .values()
            .iterator()
            .next()
            .version();
    assertThat(second.request(LISTENER).getInitialResourceVersionsMap())
        .containsOnlyKeys("web")
        .containsEntry("web", version);
    assertThat(second.request(ROUTE_CONFIGURATION).getInitialResourceVersionsMap())
        .containsOnlyKeys("web-routes");
    second.send(LISTENER, "l1", listener("web", 1, "other-routes"));
    second.request(ROUTE_CONFIGURATION);
    second.send(ROUTE_CONFIGURATION, "r1", routes("other-routes", "a"));
    installed();
    second.accepts(LISTENER, "l1");
    second.accepts(ROUTE_CONFIGURATION, "r1");
  }

  private double gauge(String name) {
    GaugeSnapshot gauge = (GaugeSnapshot) registry.scrape(name::equals).get(0);
    return gauge.getDataPoints().getFirst().getValue();
  }

  @Test
  void triesAgainLessAndLessOften() throws Exception {
    Controller.Stream stream = fresh();
    Controller.Stream last = stream;
    long bound = 100;
    for (int i = 0; i < 5; i++) {
      last.cut();
      HandTurnedClock.Later next = time.planned(Duration.ofNanos(1), Duration.ofMillis(bound));
      time.run(next);
      last = controller.stream();
      bound *= 2;
    }
    last.request(CLUSTER);
    last.request(LISTENER);
    last.send(CLUSTER, "c1", "clusters: [{name: a}]");
    last.accepts(CLUSTER, "c1");
    assertThat(gauge("weir_controller_connected")).isEqualTo(1);
    // One that lived is forgiven.
    time.advance(Duration.ofSeconds(AdsSource.LIVED_SECONDS + 1));
    last.cut();
    time.planned(Duration.ofNanos(1), Duration.ofMillis(100));
  }

  /** A controller that is away is left alone for longer than one that leads is looked for. */
  @Test
  void looksForTheOneThatLeadsAtShortIntervals() throws Exception {
    Controller.Stream stream = fresh();
    for (int i = 0; i < 8; i++) {
      // An address without a controller in between counts as the first.
      stream.cut();
      time.run(time.planned(Duration.ofNanos(1), Duration.ofMillis(100)));
      stream = controller.stream();
      stream.sendAway();
      time.run(time.planned(Duration.ofNanos(1), AdsSource.LONGEST_SEARCH));
      stream = controller.stream();
    }
    for (long bound = 100; bound < 2000; bound *= 2) {
      stream.cut();
      time.run(time.planned(Duration.ofNanos(1), Duration.ofMillis(bound)));
      stream = controller.stream();
    }
  }

  /** An address at which nobody answers: a socket that is bound, and takes no more connections. */
  @Test
  void doesNotWaitForAnAddressAtWhichNobodyAnswers() throws Exception {
    try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket first = new Socket(deaf.getInetAddress(), deaf.getLocalPort());
        Socket second = new Socket(deaf.getInetAddress(), deaf.getLocalPort())) {
      assertThat(first.isConnected() && second.isConnected()).isTrue();
      source(deaf.getLocalPort(), null);
      Duration patience = Duration.ofSeconds(AdsSource.CONNECT_SECONDS);

      time.run(time.planned(patience, patience));
      time.run(time.planned(Duration.ofNanos(1), Duration.ofMillis(100)));

      time.planned(patience, patience);
    }
  }

  @Test
  void aConnectionThatIsThereMayBeSilent() throws Exception {
    Controller.Stream stream = fresh();
    stream.send(CLUSTER, "c1", "clusters: [{name: a}]");
    stream.accepts(CLUSTER, "c1");
    assertThat(time.isPlanned(Duration.ofSeconds(AdsSource.CONNECT_SECONDS))).isFalse();
  }

  /** A controller that was restarted does not know what was rejected; it is sent and said again. */
  @Test
  void doesNotClaimToHaveWhatItRejected() throws Exception {
    Controller.Stream stream = fresh();
    stream.send(CLUSTER, "c1", "clusters: [{name: good}, {name: bad, lb_policy: MAGLEV}]");
    stream.rejects(CLUSTER, "c1");
    stream.send(CLUSTER, "c2", "clusters: [{name: good, lb_policy: MAGLEV}]");
    stream.rejects(CLUSTER, "c2");
    stream.cut();
    time.run(time.planned(Duration.ofNanos(1), Duration.ofMillis(100)));

    String good =
        Objects.requireNonNull(XdsText.snapshot("clusters: [{name: good}]").clusters().get("good"))
            .version();
    assertThat(controller.stream().request(CLUSTER).getInitialResourceVersionsMap())
        .containsOnlyKeys("good")
        .containsEntry("good", good);
  }

  @Test
  void saysWhatCannotBeBoundAndThatItCanBeBoundNow() throws Exception {
    BindFailure failure = new BindFailure("web", "127.0.0.1:1", "in use");
    bindFailures = List.of(failure);
    Controller.Stream stream = fresh();
    stream.send(LISTENER, "l1", listener("web", 1, "web-routes"));
    stream.subscribes(ROUTE_CONFIGURATION, "web-routes");
    stream.send(ROUTE_CONFIGURATION, "r1", routes("web-routes", "a"));

    Rejections rejections = Objects.requireNonNull(Rejections.of(stream.rejects(LISTENER, "l1")));
    assertThat(rejections.unbound()).containsExactly(failure);
    assertThat(rejections.rejected()).isEmpty();
    stream.accepts(ROUTE_CONFIGURATION, "r1");

    bindFailures = List.of();
    time.run(time.planned(REBIND, REBIND));
    stream.accepts(LISTENER, "l1");

    bindFailures = List.of(failure);
    stream.send(ROUTE_CONFIGURATION, "r2", routes("web-routes", "b"));
    stream.rejects(LISTENER, "l1");
    stream.accepts(ROUTE_CONFIGURATION, "r2");

    stream.cut();
    time.run(time.planned(Duration.ofNanos(1), Duration.ofMillis(100)));
    Controller.Stream second = controller.stream();
    second.request(CLUSTER);
    assertThat(second.request(LISTENER).getInitialResourceVersionsMap()).isEmpty();
  }

  @Test
  void refusesTypesThatItDidNotAskFor() throws Exception {
    Controller.Stream stream = fresh();
    stream.send(
        DeltaDiscoveryResponse.newBuilder()
            .setTypeUrl("type.googleapis.com/x")
            .setNonce("x1")
            .build());
    stream.send(CLUSTER, "c1", "clusters: [{name: a}]");

    // The queue of the test takes requests of any type.
    AssertionError other = null;
    try {
      stream.request(SECRET);
    } catch (AssertionError e) {
      other = e;
    }
    assertThat(other).hasMessageContaining("nobody asked for resources of type");
    stream.accepts(CLUSTER, "c1");
  }

  @Test
  void startsWithWhatIsStoredWhileThereIsNoController() throws Exception {
    SnapshotStore store = SnapshotStore.open(dir, null, "Gateway/default/edge");
    source(controller.port(), store);
    Controller.Stream stream = controller.stream();
    stream.request(CLUSTER);
    stream.request(LISTENER);
    firstSet(stream);
    time.run(time.planned(SAVE, SAVE));
    Objects.requireNonNull(source).close();
    int port = controller.port();
    controller.close();
    registry.clear();

    HandTurnedClock later = time;
    try (HandTurnedClock second = new HandTurnedClock()) {
      AdsSource again =
          new AdsSource(
              new AdsOptions(
                  Controller.host(),
                  port,
                  "proxy-1",
                  "Gateway/default/edge",
                  "1.2.3",
                  new Security.Insecure()),
              new Rollout(new Compiler(List.of()), this::install),
              SnapshotStore.open(dir, null, "Gateway/default/edge"),
              answers::add,
              new ControlPlaneMetrics(later),
              second,
              InstantSource.system(),
              new Random(42),
              second);
      again.start();
      Plan plan = installed();
      assertThat(plan.listeners()).containsOnlyKeys("web");
      assertThat(plan.clusters()).containsOnlyKeys("a");
      HandTurnedClock.Later reconnect = second.planned(Duration.ofNanos(1), Duration.ofMillis(100));
      controller = Controller.startAt(port);
      second.run(reconnect);
      Controller.Stream stream2 = controller.stream();
      assertThat(stream2.request(CLUSTER).getInitialResourceVersionsMap()).containsOnlyKeys("a");
      stream2.request(CLUSTER_LOAD_ASSIGNMENT);
      assertThat(stream2.request(LISTENER).getInitialResourceVersionsMap()).containsOnlyKeys("web");
      again.close();
    }
  }
}
