package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.controlplane.kube.Leadership;
import dev.weir.core.api.Kind;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.xds.Applied;
import dev.weir.endtoend.Eventually;
import dev.weir.endtoend.Loopback;
import dev.weir.endtoend.ScriptedServer;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * What may fail between an API server and the proxies, while clients ask two of them all the time:
 * no request may fail, and a change that is made afterwards must run at both and be Ready.
 */
@Timeout(120)
class ChaosIT {
  private static final Logger LOG = LoggerFactory.getLogger(ChaosIT.class);
  private static final Kind EVENT = Kind.namespaced("events.k8s.io", "v1", "Event", "events");
  private static final Kind LEASE = Kind.namespaced("coordination.k8s.io", "v1", "Lease", "leases");
  private static final int GATEWAY_PORT = 8080;
  private static final int XDS_PORT = 18000;
  private static final String HEALTHY = "healthy.test";
  private static final Leadership.Timing QUICK =
      new Leadership.Timing(Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofMillis(300));

  @TempDir private Path directory;

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final InetSocketAddress gateway = address(Loopback.next(), GATEWAY_PORT);
  private ApiServer api;
  private Load load;

  private <C extends AutoCloseable> C open(C resource) {
    opened.push(resource);
    return resource;
  }

  @BeforeEach
  void start(TestReporter reporter) throws Exception {
    api = open(ApiServer.withCrds(directory));
    reporter.publishEntry("API server", api.description());
    api.apply(Shop.EMPTY + Shop.namespace("weir-system") + Shop.gateway("web", gateway));
    backend("one", 8001);
    backend("two", 8002);
    api.apply(route("healthy", "one"));
    load = open(Load.on(gateway));
  }

  /** A Service, its one endpoint, and the server there, which answers with the name. */
  private void backend(String name, int port) throws IOException {
    InetSocketAddress at = open(ScriptedServer.answering(backendAddress(), port, name)).address();
    api.apply(
        Shop.service(name)
            + Shop.endpoints(name, at.getPort(), List.of(at.getAddress().getHostAddress())));
  }

  /** Real API servers refuse endpoints on loopback. */
  private String backendAddress() throws IOException {
    if (api.mock() != null) {
      return Loopback.next();
    }
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(each -> each.getAddress().length == 4 && !each.isLoopbackAddress())
        .findFirst()
        .orElseThrow(() -> new IOException("this machine has no address but loopback"))
        .getHostAddress();
  }

  private static String route(String name, String service) {
    return Shop.route(name, service, name + ".test");
  }

  private static InetSocketAddress address(String ip, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
  }

  @AfterEach
  void stop() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  private Controller controller(
      Path kubeconfig,
      InetSocketAddress xds,
      String name,
      ControllerOptions.@Nullable Election election)
      throws IOException {
    return open(
        Controller.start(
            new ControllerOptions(kubeconfig, null, "weir-system", name, election, null, null),
            xds,
            new XdsSecurity.Plaintext()));
  }

  private Controller controller() throws IOException {
    return controller(api.kubeconfig(), address(Loopback.next(), XDS_PORT), "inside", null);
  }

  /** A controller that can be killed. */
  private Process process(String name, InetSocketAddress xds, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.weir.cli.Main",
                "controller",
                "--kubeconfig=" + api.kubeconfig(),
                "--xds=" + xds.getAddress().getHostAddress() + ":" + xds.getPort(),
                "--insecure-xds",
                "--admin=off",
                "--name=" + name));
    command.addAll(List.of(more));
    File log = directory.resolve(name + ".log").toFile();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
    opened.push(() -> kill(process));
    return process;
  }

  private static void kill(Process process) throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Two proxies that serve, and clients who ask them. */
  private TwoProxies served(InetSocketAddress... controllers) throws Exception {
    for (InetSocketAddress controller : controllers) {
      Eventually.holds(() -> listens(controller));
    }
    TwoProxies proxies = open(TwoProxies.of(List.of(controllers), directory));
    Eventually.holds(() -> answers(HEALTHY, "one"));
    isReady("healthy");
    load.asks(HEALTHY, "one");
    load.goesOnFor(50);
    return proxies;
  }

  private static void listens(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address);
    } catch (IOException e) {
      throw new AssertionError(address + " is closed", e);
    }
  }

  private void answers(String host, String body) {
    try {
      assertThat(Load.ask(gateway, host)).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n" + body);
    } catch (IOException e) {
      throw new AssertionError(host, e);
    }
  }

  private static boolean has(Applied runs, String host) {
    return runs.snapshot().routes().values().stream()
        .flatMap(routes -> routes.message().getVirtualHostsList().stream())
        .anyMatch(virtual -> virtual.getDomainsList().contains(host));
  }

  /** A change arrives at both proxies and in the status. */
  private void converges(TwoProxies proxies, String name) throws Exception {
    api.apply(route(name, "two"));
    runs(proxies, name);
    assertThat(load.failures()).isEmpty();
  }

  private void runs(TwoProxies proxies, String name) throws Exception {
    String host = name + ".test";
    Eventually.holds(() -> assertThat(proxies.both(runs -> has(runs, host))).isTrue());
    // The kernel spreads connections over both.
    for (int i = 0; i < 20; i++) {
      answers(host, "two");
    }
    isReady(name);
    Eventually.holds(() -> {
      JsonNode ready =
          condition(
              api.object(Gateway.TYPE, "shop", "web").path("status").path("conditions"), "Ready");
      assertThat(ready.path("status").asString()).isEqualTo("True");
      assertThat(ready.path("message").asString()).contains("2 of 2");
    });
  }

  private void isReady(String route) throws Exception {
    Eventually.holds(() -> {
      JsonNode object = api.object(HttpRoute.TYPE, "shop", route);
      JsonNode ready =
          condition(object.path("status").path("parents").path(0).path("conditions"), "Ready");
      assertThat(ready.path("status").asString()).as("%s", object).isEqualTo("True");
      assertThat(ready.path("observedGeneration").asLong())
          .isEqualTo(object.path("metadata").path("generation").asLong());
    });
  }

  private static JsonNode condition(JsonNode conditions, String type) {
    for (JsonNode each : conditions) {
      if (each.path("type").asString().equals(type)) {
        return each;
      }
    }
    throw new AssertionError("no " + type + " in " + conditions);
  }

  private void nothingFailed() {
    load.close();
    assertThat(load.failures()).isEmpty();
    assertThat(load.repeated()).isZero();
  }

  @Test
  void controllerIsKilledWhileThereAreBrokenObjects() throws Exception {
    InetSocketAddress xds = address(Loopback.next(), XDS_PORT);
    Process first = process("first", xds, "--no-leader-election");
    TwoProxies proxies = served(xds);
    String spoiled = route("spoiled", "two");
    converges(proxies, "spoiled");
    api.apply(spoiled.replace("[spoiled.test]", "[not_a_host]"));
    String undecodable = route("undecodable", "two");
    String refused = route("refused", "two");
    api.apply(undecodable.replace("[undecodable.test]", "[not_a_host]"));
    api.apply(Shop.matching(refused, "type: RegularExpression, value: \"(\""));
    converges(proxies, "before");
    Eventually.holds(() ->
        assertThat(api.objects(EVENT))
            .extracting(event -> event.path("regarding").path("name").asString())
            .contains("undecodable", "refused", "spoiled"));
    // Its last good version is in use as long as there is somebody who saw it.
    answers("spoiled.test", "two");

    kill(first);
    load.goesOnFor(200);
    api.apply(route("meanwhile", "two"));
    controller(api.kubeconfig(), xds, "inside", null);

    runs(proxies, "meanwhile");
    runs(proxies, "before");
    converges(proxies, "after");
    Eventually.holds(() -> assertThat(Load.ask(gateway, "spoiled.test")).contains(" 404 "));
    api.apply(undecodable);
    api.apply(refused);
    api.apply(spoiled);
    runs(proxies, "spoiled");
    runs(proxies, "undecodable");
    runs(proxies, "refused");
    nothingFailed();
  }

  /** For 1,000 requests, and as many seconds as {@code -Dchaos.away=SECONDS} says. */
  @Test
  @Timeout(300)
  void apiServerIsAway() throws Exception {
    Relay way = open(Relay.to(api.address()));
    Controller controller =
        follower("one", api.kubeconfigBy(way.address()), Leadership.Timing.DEFAULT);
    Eventually.holds(() -> assertThat(controller.leads()).isTrue());
    TwoProxies proxies = served(controller.xdsAddress());
    converges(proxies, "steady");
    converges(proxies, "gone");
    load.asks("steady.test", "two");
    forgetHistory();

    long away = System.nanoTime();
    way.refuse();
    load.goesOnFor(1000);
    Duration stay = Duration.ofSeconds(Integer.getInteger("chaos.away", 0));
    while (System.nanoTime() - away < stay.toNanos()) {
      load.goesOnFor(100);
      assertThat(connected(controller)).isEqualTo(TwoProxies.NUMBER);
    }
    api.apply(route("meanwhile", "two"));
    api.delete(route("gone", "two"));
    load.goesOnFor(200);
    assertThat(proxies.both(runs -> has(runs, "gone.test"))).isTrue();
    long back = System.nanoTime();
    way.admit();

    runs(proxies, "meanwhile");
    Eventually.holds(() -> assertThat(proxies.both(runs -> !has(runs, "gone.test"))).isTrue());
    LOG.info(
        "away for {} s; what changed meanwhile runs and is Ready {} ms after; {} requests answered",
        TimeUnit.NANOSECONDS.toSeconds(back - away),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - back),
        load.answered());
    converges(proxies, "after");
    nothingFailed();
  }

  private void forgetHistory() {
    MockApi mock = api.mock();
    if (mock != null) {
      mock.forgetHistory();
    }
  }

  /** A real server forgets after minutes only: there the watches just end. */
  @Test
  void watchesExpire() throws Exception {
    Relay way = open(Relay.to(api.address()));
    Controller controller =
        controller(
            api.kubeconfigBy(way.address()), address(Loopback.next(), XDS_PORT), "inside", null);
    TwoProxies proxies = served(controller.xdsAddress());
    forgetHistory();

    for (int round = 0; round < 3; round++) {
      way.cut();
      converges(proxies, "round-" + round);
    }
    MockApi mock = api.mock();
    if (mock != null) {
      assertThat(mock.expired()).isPositive();
    }
    converges(proxies, "after");
    nothingFailed();
  }

  @Test
  void proxiesAreRestartedWithoutController() throws Exception {
    migrateConnections();
    Controller first = controller();
    InetSocketAddress xds = first.xdsAddress();
    TwoProxies proxies = served(xds);
    converges(proxies, "before");
    for (int i = 0; i < TwoProxies.NUMBER; i++) {
      Path kept = directory.resolve("state-" + i).resolve("last-good");
      Eventually.holds(() -> assertThat(kept).exists());
    }
    first.close();

    for (int i = 0; i < TwoProxies.NUMBER; i++) {
      proxies.stop(i);
      load.goesOnFor(100);
      proxies.start(i);
      Eventually.holds(() -> answers("before.test", "two"));
      load.goesOnFor(100);
    }
    assertThat(load.failures()).isEmpty();
    Controller second = controller();
    proxies.leadTo(second.xdsAddress());

    runs(proxies, "before");
    converges(proxies, "after");
    load.close();
    assertThat(load.failures()).isEmpty();
  }

  /**
   * What docs/proxy.md asks for where ports are shared: otherwise the kernel resets connections
   * that wait at a socket when that closes, which no program can prevent.
   */
  private void migrateConnections() throws IOException {
    Path setting = Path.of("/proc/sys/net/ipv4/tcp_migrate_req");
    assumeTrue(Files.isWritable(setting), () -> setting + " cannot be set: needs root");
    String before = Files.readString(setting);
    Files.writeString(setting, "1");
    opened.push(() -> Files.writeString(setting, before));
  }

  /** All proxies are with the leader: it is killed, and the next one goes in order. */
  @Test
  void leaderIsLost() throws Exception {
    InetSocketAddress xds = address(Loopback.next(), XDS_PORT);
    Process leader = process("leader", xds);
    Eventually.holds(() ->
        assertThat(
                api.object(LEASE, "weir-system", "weir-controller")
                    .at("/spec/holderIdentity")
                    .asString(""))
            .startsWith("leader-"));
    Controller one = follower("one", api.kubeconfig(), Leadership.Timing.DEFAULT);
    Controller two = follower("two", api.kubeconfig(), Leadership.Timing.DEFAULT);
    for (Controller each : List.of(one, two)) {
      Eventually.holds(() -> {
        assertThat(each.elsewhere()).matches("leader-\\w+ leads");
        assertThat(each.state()).isNotNull();
      });
    }
    TwoProxies proxies = served(xds, one.xdsAddress(), two.xdsAddress());
    converges(proxies, "before");
    assertThat(connected(one) + connected(two)).isZero();
    load.asks("before.test", "two");
    load.goesOnFor(50);
    forgetRequests();

    kill(leader);
    api.apply(route("meanwhile", "two"));
    Eventually.holds(() -> assertThat(one.leads() || two.leads()).isTrue());
    Controller next = one.leads() ? one : two;
    Controller last = one.leads() ? two : one;
    runs(proxies, "meanwhile");
    converges(proxies, "after");
    assertThat(connected(next)).isEqualTo(TwoProxies.NUMBER);
    assertThat(connected(last)).isZero();

    api.apply(route("handed-over", "two"));
    next.close();
    runs(proxies, "handed-over");
    converges(proxies, "last");
    assertThat(connected(last)).isEqualTo(TwoProxies.NUMBER);
    staysProgrammed();
    nothingFailed();
  }

  /** Who leads cannot renew the Lease, but serves: nobody tells it that another one leads. */
  @Test
  void leaderIsCutOffFromTheApiServer() throws Exception {
    Relay way = open(Relay.to(api.address()));
    Controller one = follower("one", api.kubeconfigBy(way.address()), QUICK);
    Eventually.holds(() -> assertThat(one.leads()).isTrue());
    Controller two = follower("two", api.kubeconfig(), QUICK);
    TwoProxies proxies = served(one.xdsAddress(), two.xdsAddress());
    converges(proxies, "before");
    forgetHistory();

    way.refuse();
    Eventually.holds(() -> assertThat(two.leads()).isTrue());
    assertThat(one.leads()).isFalse();
    load.goesOnFor(200);
    way.admit();
    Eventually.holds(() -> {
      assertThat(one.elsewhere()).isEqualTo("two leads");
      assertThat(connected(one)).isZero();
    });

    converges(proxies, "after");
    assertThat(connected(two)).isEqualTo(TwoProxies.NUMBER);
    nothingFailed();
  }

  /** A proxy that starts has to get its configuration from any controller then. */
  @Test
  void nobodyIsKnownToLead() throws Exception {
    migrateConnections();
    Relay way = open(Relay.to(api.address()));
    Path kubeconfig = api.kubeconfigBy(way.address());
    Controller one = follower("one", kubeconfig, QUICK);
    Eventually.holds(() -> assertThat(one.leads()).isTrue());
    Controller two = follower("two", kubeconfig, QUICK);
    TwoProxies proxies = served(one.xdsAddress(), two.xdsAddress());
    converges(proxies, "before");
    assertThat(connected(two)).isZero();
    forgetHistory();

    way.refuse();
    Eventually.holds(() -> {
      assertThat(one.leads()).isFalse();
      assertThat(two.elsewhere()).isNull();
    });
    one.close();
    Eventually.holds(() -> assertThat(connected(two)).isEqualTo(TwoProxies.NUMBER));
    proxies.stop(0);
    proxies.forget(0);
    proxies.start(0);
    Eventually.holds(() -> assertThat(proxies.both(runs -> has(runs, "before.test"))).isTrue());
    load.goesOnFor(200);
    way.admit();

    Eventually.holds(() -> assertThat(two.leads()).isTrue());
    converges(proxies, "after");
    load.close();
    assertThat(load.failures()).isEmpty();
  }

  private Controller follower(String name, Path kubeconfig, Leadership.Timing timing)
      throws IOException {
    return controller(
        kubeconfig,
        address(Loopback.next(), XDS_PORT),
        name,
        new ControllerOptions.Election("weir-controller", timing, null));
  }

  private static int connected(Controller controller) {
    Controller.State state = controller.state();
    return state == null ? 0 : state.proxies().size();
  }

  private void forgetRequests() {
    MockApi mock = api.mock();
    if (mock != null) {
      mock.forgetRequests();
    }
  }

  /** Nobody wrote of the Gateway that it is not served. A real server does not tell. */
  private void staysProgrammed() {
    MockApi mock = api.mock();
    if (mock != null) {
      List<JsonNode> written =
          mock.requests().stream()
              .filter(request -> request.path().contains("/gateways/web/status"))
              .map(request -> request.json().at("/status/conditions"))
              .toList();
      assertThat(written)
          .isNotEmpty()
          .allSatisfy(conditions ->
              assertThat(condition(conditions, "Programmed").path("status").asString())
                  .as("%s", conditions)
                  .isEqualTo("True"));
    }
  }

  @Test
  void streamIsCutInTheMiddleOfAnUpdate() throws Exception {
    Controller controller = controller();
    api.apply(route("moving", "two"));
    TwoProxies proxies = served(controller.xdsAddress());
    Eventually.holds(() -> answers("moving.test", "two"));
    load.asks("moving.test", "one", "two");

    int[] lengths = {1, 40, 200, 700, 1500, 3000, 6000};
    for (int round = 0; round < lengths.length; round++) {
      int before = cuts(proxies);
      for (Relay way : proxies.ways()) {
        way.cutAfter(lengths[round]);
      }
      List<String> many = new ArrayList<>();
      // Also one RouteConfiguration with all of them is longer than the longest of the lengths.
      for (int i = 0; i < 120; i++) {
        many.add(Shop.route("many-" + i, "two", "many-%d-%d.test".formatted(i, round)));
      }
      many.add(route("moving", round % 2 == 0 ? "one" : "two"));
      many.add(route("cut-" + round, "two"));
      api.apply(String.join("", many));
      Eventually.holds(
          () -> assertThat(cuts(proxies)).isGreaterThanOrEqualTo(before + TwoProxies.NUMBER));
      runs(proxies, "cut-" + round);
      answers("moving.test", round % 2 == 0 ? "one" : "two");
      assertThat(load.failures()).isEmpty();
    }
    converges(proxies, "after");
    nothingFailed();
  }

  private static int cuts(TwoProxies proxies) {
    return proxies.ways().stream().mapToInt(Relay::cuts).sum();
  }
}
