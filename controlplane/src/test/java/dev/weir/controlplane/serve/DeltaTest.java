package dev.weir.controlplane.serve;

import static dev.weir.controlplane.serve.AdsClient.ack;
import static dev.weir.controlplane.serve.AdsClient.hello;
import static dev.weir.controlplane.serve.AdsClient.names;
import static dev.weir.controlplane.serve.AdsClient.node;
import static dev.weir.controlplane.serve.AdsClient.plainNames;
import static dev.weir.controlplane.serve.AdsClient.subscribe;
import static dev.weir.controlplane.serve.AdsClient.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.Reconnection;
import dev.weir.core.xds.Rejections;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The incremental variant of the protocol, spoken by the generated stubs. */
class DeltaTest {
  private static final ResourceType LDS = ResourceType.LISTENER;
  private static final ResourceType RDS = ResourceType.ROUTE_CONFIGURATION;
  private static final ResourceType CDS = ResourceType.CLUSTER;
  private static final ResourceType EDS = ResourceType.CLUSTER_LOAD_ASSIGNMENT;
  private static final ResourceType SDS = ResourceType.SECRET;

  private final ProxyStates states = new ProxyStates();
  private volatile @Nullable String elsewhere;
  private AdsServer server;
  private AdsClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse> client;

  @BeforeEach
  void start() throws IOException {
    server =
        AdsServer.start(
            new ServeOptions(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null),
            () -> elsewhere,
            states);
    client = AdsClient.delta(server.address());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private void publish(Content content) {
    server.publish(content.published());
  }

  /** Reads the next response, which must be of that type, and acknowledges it. */
  private DeltaDiscoveryResponse take(ResourceType type) throws InterruptedException {
    DeltaDiscoveryResponse response = client.next();
    assertThat(response.getTypeUrl()).isEqualTo(type.url());
    client.send(ack(response));
    return response;
  }

  /** Asks for what does not exist: if the next response is that, there was nothing before it. */
  private void nothingMore() throws InterruptedException {
    client.send(subscribe(SDS, "nothing-more").build());
    DeltaDiscoveryResponse response = take(SDS);
    assertThat(response.getRemovedResourcesList()).containsExactly("nothing-more");
    assertThat(response.getResourcesList()).isEmpty();
    client.send(unsubscribe(SDS, "nothing-more"));
  }

  // --- another controller leads ------------------------------------------------------------------

  private void assertSentAway(AdsClient<?, ?> sent, String leader) throws Exception {
    Status end = sent.ended();
    assertThat(end.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(end.getDescription())
        .isEqualTo(leader + " leads; this controller serves no proxies");
    assertThat(sent.metadata()).contains(Reconnection.ELSEWHERE);
  }

  @Test
  void clientsOfAFollowerAreSentAway() throws Exception {
    publish(new Content().clusters("c"));
    client.send(hello(LDS).build());
    states.awaitOne(proxy -> true);

    elsewhere = "weir-1 leads";
    server.sendAway();
    assertSentAway(client, "weir-1");
    states.await(List::isEmpty);
    try (var second = AdsClient.delta(server.address())) {
      second.send(hello(CDS).build());
      assertSentAway(second, "weir-1");
    }
    try (var third = AdsClient.stateOfTheWorld(server.address())) {
      assertSentAway(third, "weir-1");
    }

    elsewhere = null;
    server.sendAway();
    try (var welcome = AdsClient.delta(server.address())) {
      welcome.send(hello(CDS).build());
      assertThat(names(welcome.next())).hasSize(1);
    }
  }

  /** A client that kept its connection would meet the same controller again and again. */
  @Test
  void connectionsOfThoseWhoWereSentAwayAreClosed() throws Exception {
    elsewhere = "weir-1 leads";
    try (var sent = AdsClient.delta(server.address())) {
      sent.send(hello(CDS).build());
      assertSentAway(sent, "weir-1");
      sent.awaitDisconnection();
    }
  }

  // --- subscriptions -----------------------------------------------------------------------------

  @Test
  void waitsUntilSomethingIsPublished() throws Exception {
    client.send(hello(CDS).build());
    states.await(List::isEmpty);
    publish(new Content().clusters("a", "b=7"));

    assertThat(names(take(CDS))).containsExactly("a=1", "b=7");
    nothingMore();
  }

  @Test
  void sendsAllListenersAndClustersAndOfTheRestWhatIsAskedFor() throws Exception {
    publish(
        new Content()
            .listeners("l")
            .routes("r", "other")
            .clusters("c")
            .endpoints("e", "other")
            .secrets("s", "other"));

    client.send(hello(LDS).build());
    assertThat(names(take(LDS))).containsExactly("l=1");
    client.send(subscribe(CDS, "*").build());
    assertThat(names(take(CDS))).containsExactly("c=1");
    client.send(subscribe(RDS, "r").build());
    DeltaDiscoveryResponse routes = take(RDS);
    assertThat(names(routes)).containsExactly("r=1");
    assertThat(routes.getResources(0).getResource().getTypeUrl()).isEqualTo(RDS.url());
    client.send(subscribe(EDS, "e").build());
    assertThat(names(take(EDS))).containsExactly("e=1");
    client.send(subscribe(SDS, "s").build());
    assertThat(names(take(SDS))).containsExactly("s=1");
    nothingMore();
  }

  @Test
  void answersTheWildcardAlsoIfThereIsNothing() throws Exception {
    publish(new Content());
    client.send(hello(CDS).build());

    assertThat(take(CDS).getResourcesList()).isEmpty();
    nothingMore();
  }

  @Test
  void saysThatANameDoesNotExistAndSendsItWhenItDoes() throws Exception {
    publish(new Content());
    client.send(hello(RDS, "r").build());
    assertThat(take(RDS).getRemovedResourcesList()).containsExactly("r");
    nothingMore();

    publish(new Content().routes("r=1"));
    assertThat(names(take(RDS))).containsExactly("r=1");
    publish(new Content());
    assertThat(take(RDS).getRemovedResourcesList()).containsExactly("r");
    publish(new Content().routes("r=1"));
    assertThat(names(take(RDS))).containsExactly("r=1");
    nothingMore();
  }

  @Test
  void takesBackWhatIsUnderWay() throws Exception {
    Publication before = new Content().published();
    server.publish(before);
    client.send(hello(RDS, "r").build());
    take(RDS);
    nothingMore();
    publish(new Content().routes("r"));
    DeltaDiscoveryResponse response = client.next();
    server.publish(before);
    client.send(ack(response));

    assertThat(take(RDS).getRemovedResourcesList()).containsExactly("r");
    nothingMore();
  }

  @Test
  void sendsNothingOfWhatIsNoLongerWanted() throws Exception {
    publish(new Content().routes("r", "s"));
    client.send(hello(RDS, "r", "s").build());
    take(RDS);
    client.send(unsubscribe(RDS, "r"));
    nothingMore();
    publish(new Content().routes("r=2", "s=2"));

    assertThat(names(take(RDS))).containsExactly("s=2");
    nothingMore();
  }

  @Test
  void sendsAgainWhatIsAskedForAgain() throws Exception {
    publish(new Content().routes("r"));
    client.send(hello(RDS, "r").build());
    take(RDS);
    client.send(subscribe(RDS, "r").build());

    assertThat(names(take(RDS))).containsExactly("r=1");
    nothingMore();
  }

  @Test
  void namesCanLeaveTheWildcard() throws Exception {
    publish(new Content().clusters("a", "b"));
    client.send(hello(CDS, "*", "a").build());
    assertThat(names(take(CDS))).containsExactly("a=1", "b=1");
    client.send(unsubscribe(CDS, "*"));
    nothingMore();
    publish(new Content().clusters("a=2", "b=2"));

    assertThat(names(take(CDS))).containsExactly("a=2");
    nothingMore();
  }

  @Test
  void ignoresTypesThatItDoesNotHave() throws Exception {
    publish(new Content().clusters("a"));
    client.send(
        hello(CDS).setTypeUrl("type.googleapis.com/envoy.service.runtime.v3.Runtime").build());
    client.send(subscribe(CDS).build());

    assertThat(names(take(CDS))).containsExactly("a=1");
  }

  // --- changes -----------------------------------------------------------------------------------

  @Test
  void aChangeOfOneRouteIsOneRouteConfiguration() throws Exception {
    Content before = new Content();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      before.listeners("l" + i).routes("r" + i).clusters("c" + i).endpoints("c" + i);
      names.add("r" + i);
    }
    publish(before);
    client.send(hello(CDS).build());
    take(CDS);
    client.send(subscribe(LDS).build());
    take(LDS);
    client.send(subscribe(RDS, names.toArray(String[]::new)).build());
    take(RDS);
    before.routes("r42=2");
    publish(before);

    DeltaDiscoveryResponse response = take(RDS);
    assertThat(names(response)).containsExactly("r42=2");
    assertThat(response.getSerializedSize()).isLessThan(300);
    nothingMore();
  }

  @Test
  void makesBeforeItBreaks() throws Exception {
    publish(
        new Content()
            .listeners("l", "old")
            .routes("r", "old")
            .clusters("c", "old")
            .endpoints("e", "old")
            .secrets("s", "old"));
    client.send(hello(CDS).build());
    take(CDS);
    client.send(subscribe(EDS, "e", "old", "new").build());
    take(EDS);
    client.send(subscribe(SDS, "s", "old", "new").build());
    take(SDS);
    client.send(subscribe(LDS).build());
    take(LDS);
    client.send(subscribe(RDS, "r", "old", "new").build());
    take(RDS);
    publish(
        new Content()
            .listeners("l", "new")
            .routes("r", "new")
            .clusters("c", "new")
            .endpoints("e", "new")
            .secrets("s", "new"));

    for (ResourceType type : List.of(CDS, EDS, SDS)) {
      DeltaDiscoveryResponse response = take(type);
      assertThat(names(response)).containsExactly("new=1");
      assertThat(response.getRemovedResourcesList()).isEmpty();
    }
    DeltaDiscoveryResponse listeners = client.next();
    assertThat(names(listeners)).containsExactly("new=1");
    assertThat(listeners.getRemovedResourcesList()).containsExactly("old");
    assertThat(names(take(RDS))).containsExactly("new=1");
    // The listeners were not answered yet: what they refer to stays.
    nothingMore();
    client.send(ack(listeners));
    for (ResourceType type : List.of(RDS, CDS, EDS, SDS)) {
      DeltaDiscoveryResponse response = take(type);
      assertThat(response.getResourcesList()).isEmpty();
      assertThat(response.getRemovedResourcesList()).containsExactly("old");
    }
    nothingMore();
  }

  @Test
  void routesWaitForTheirClusters() throws Exception {
    publish(new Content().clusters("c").routes("r"));
    client.send(hello(RDS, "r").build());
    take(RDS);
    client.send(subscribe(CDS).build());
    DeltaDiscoveryResponse unanswered = client.next();
    publish(new Content().clusters("c", "d").routes("r=2"));
    nothingMore();
    client.send(ack(unanswered));

    assertThat(names(take(CDS))).containsExactly("d=1");
    assertThat(names(take(RDS))).containsExactly("r=2");
  }

  @Test
  void aSlowClientGetsTheNewestAndNotAllThatWereBefore() throws Exception {
    publish(new Content().clusters("c=0"));
    client.send(hello(CDS).build());
    DeltaDiscoveryResponse first = client.next();
    for (int i = 1; i <= 100; i++) {
      publish(new Content().clusters("c=" + i));
    }
    nothingMore();
    client.send(ack(first));

    assertThat(names(take(CDS))).containsExactly("c=100");
    nothingMore();
  }

  @Test
  void nothingIsQueuedForAClientThatDoesNotRead() throws Exception {
    String large = "x".repeat(8 << 20);
    publish(new Content().clusters("c=" + large).routes("r=1"));
    try (AdsClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse> slow =
        AdsClient.slow(server.address())) {
      slow.send(hello(CDS).build());
      slow.send(subscribe(RDS, "r").build());
      slow.send(subscribe(LDS).build());
      // It has said everything and taken nothing: the clusters are under way.
      states.awaitOne(state -> true);
      publish(new Content().clusters("c=" + large).routes("r=2"));
      publish(new Content().clusters("c=" + large).routes("r=3"));
      slow.read(3);

      assertThat(plainNames(slow.next())).containsExactly("c");
      assertThat(slow.next().getTypeUrl()).isEqualTo(LDS.url());
      assertThat(names(slow.next())).containsExactly("r=3");
    }
  }

  @Test
  void manyChangesComeInSeveralResponses() throws Exception {
    String large = "x".repeat(DiscoveryStream.MOST_BYTES / 3);
    Content content = new Content().routes("r");
    for (int i = 0; i < 7; i++) {
      content.clusters("c" + i + "=" + large);
    }
    publish(content);
    client.send(hello(RDS).build());
    client.send(subscribe(CDS).build());
    List<String> seen = new ArrayList<>();
    DeltaDiscoveryResponse part = client.next();
    client.send(subscribe(RDS, "r").build());
    client.send(ack(part));
    seen.addAll(plainNames(part));
    while (seen.size() < 7) {
      part = take(CDS);
      assertThat(part.getResourcesCount()).isBetween(1, 2);
      seen.addAll(plainNames(part));
    }
    assertThat(seen).containsExactly("c0", "c1", "c2", "c3", "c4", "c5", "c6");
    // What refers to them comes behind all of them.
    assertThat(names(take(RDS))).containsExactly("r=1");
    nothingMore();
  }

  // --- reconnects --------------------------------------------------------------------------------

  @Test
  void sendsToOneThatComesAgainOnlyWhatItLacks() throws Exception {
    publish(new Content().clusters("same=1", "changed=2", "new=1").routes("r=5", "s=6"));
    client.send(
        hello(CDS)
            .putInitialResourceVersions("same", "1")
            .putInitialResourceVersions("changed", "1")
            .putInitialResourceVersions("gone", "1")
            .build());
    assertThat(names(take(CDS))).containsExactly("changed=2", "new=1");
    assertThat(take(CDS).getRemovedResourcesList()).containsExactly("gone");
    client.send(
        subscribe(RDS, "r", "s")
            .putInitialResourceVersions("r", "5")
            .putInitialResourceVersions("s", "5")
            .build());
    assertThat(names(take(RDS))).containsExactly("s=6");
    nothingMore();
  }

  @Test
  void whatOneThatComesAgainHasCountsAsRunning() throws Exception {
    publish(new Content().listeners("l=3"));
    client.send(hello(LDS).putInitialResourceVersions("l", "3").build());
    assertThat(take(LDS).getResourcesList()).isEmpty();

    assertThat(states.awaitOne(state -> true).verdicts())
        .containsExactly(Map.entry(new ResourceKey(LDS, "l"), new Verdict.Accepted("3")));
  }

  // --- scope -------------------------------------------------------------------------------------

  @Test
  void getsTheResourcesOfItsGatewaysAlone() throws Exception {
    server.publish(
        new Publication(
            Map.of(
                Content.gateway("a"), new Content().clusters("both", "a").snapshot(),
                Content.gateway("b"), new Content().clusters("both", "b").snapshot(),
                Content.gateway("c"), new Content().clusters("c").snapshot()),
            Map.of("host", Set.of(Content.gateway("a"), Content.gateway("b")))));
    Map<String, List<String>> expected =
        Map.of(
            "Gateway/infra/a", List.of("a=1", "both=1"),
            "Gateway/infra/c", List.of("c=1"),
            "Gateway/other/a", List.of(),
            "GatewayClass/host", List.of("a=1", "b=1", "both=1"),
            "GatewayClass/none", List.of());
    for (Map.Entry<String, List<String>> each : expected.entrySet()) {
      try (var other = AdsClient.delta(server.address())) {
        other.send(subscribe(CDS).setNode(node("n", each.getKey())).build());
        assertThat(names(other.next())).as(each.getKey()).isEqualTo(each.getValue());
        other.send(subscribe(LDS).build());
        assertThat(other.next().getTypeUrl()).isEqualTo(LDS.url());
        ProxyState state =
            states.await(all -> all.stream().anyMatch(s -> s.node().equals("n"))).getFirst();
        assertThat(state.gateways())
            .isEqualTo(
                switch (each.getKey()) {
                  case "Gateway/infra/a" -> Set.of(Content.gateway("a"));
                  case "Gateway/infra/c" -> Set.of(Content.gateway("c"));
                  case "GatewayClass/host" -> Set.of(Content.gateway("a"), Content.gateway("b"));
                  default -> Set.of();
                });
      }
      states.await(List::isEmpty);
    }
  }

  @ParameterizedTest
  @CsvSource({"p, ''", "p, Gateway/edge", "p, Gateway/infra/", "p, Service/a/b", "'', Gateway/a/b"})
  void refusesWhoDoesNotSayWhatItServes(String node, String cluster) throws Exception {
    client.send(subscribe(CDS).setNode(node(node, cluster)).build());

    Status status = client.ended();
    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("Gateway/<namespace>/<name>");
  }

  // --- answers -----------------------------------------------------------------------------------

  @Test
  void remembersWhatWasAcceptedForTheVersionThatWasSent() throws Exception {
    publish(new Content().listeners("l=1"));
    client.send(hello(LDS).build());
    DeltaDiscoveryResponse response = client.next();
    assertThat(states.awaitOne(state -> true).verdicts()).isEmpty();
    publish(new Content().listeners("l=2"));
    client.send(ack(response));
    Verdict one = new Verdict.Accepted("1");
    states.awaitOne(state -> one.equals(state.verdicts().get(new ResourceKey(LDS, "l"))));
    take(LDS);

    Verdict two = new Verdict.Accepted("2");
    ProxyState state =
        states.awaitOne(each -> two.equals(each.verdicts().get(new ResourceKey(LDS, "l"))));
    assertThat(state.node()).isEqualTo("proxy-1");
    assertThat(state.gateways()).containsExactly(Content.EDGE);
    assertThat(server.proxies()).containsExactly(state);
    publish(new Content());
    take(LDS);
    states.awaitOne(each -> each.verdicts().isEmpty());
  }

  @Test
  void ignoresAnAnswerToSomethingElse() throws Exception {
    publish(new Content().listeners("l"));
    client.send(hello(LDS).build());
    DeltaDiscoveryResponse response = client.next();
    client.send(ack(response.toBuilder().setNonce("stale").build()));
    publish(new Content().listeners("l=2"));
    nothingMore();
    assertThat(server.proxies().getFirst().verdicts()).isEmpty();
    client.send(ack(response));

    assertThat(names(take(LDS))).containsExactly("l=2");
  }

  @Test
  void believesAProxyThatListsWhatItRejects() throws Exception {
    publish(new Content().listeners("good=1", "bad=1"));
    client.send(hello(LDS).build());
    take(LDS);
    publish(new Content().listeners("good=2", "bad=2"));
    DeltaDiscoveryResponse response = client.next();
    ResourceKey bad = new ResourceKey(LDS, "bad");
    Verdict.Rejected rejected = new Verdict.Rejected("2", "stat_prefix: is bad", "1");
    BindFailure unbound = new BindFailure("good", "10.0.0.1:80", "Cannot assign requested address");
    client.send(
        ack(response).toBuilder()
            .setErrorDetail(new Rejections(Map.of(bad, rejected), List.of(unbound)).toStatus())
            .build());

    ProxyState state = states.awaitOne(each -> !each.unbound().isEmpty());
    assertThat(state.verdicts())
        .isEqualTo(Map.of(bad, rejected, new ResourceKey(LDS, "good"), new Verdict.Accepted("2")));
    assertThat(state.unbound()).containsExactly(unbound);
    // It is not sent again before it changes.
    nothingMore();
    publish(new Content().listeners("good=2", "bad=3"));
    assertThat(names(take(LDS))).containsExactly("bad=3");
    ProxyState healed = states.awaitOne(each -> each.unbound().isEmpty());
    assertThat(healed.verdicts().get(bad)).isEqualTo(new Verdict.Accepted("3"));
  }

  @Test
  void aProxyMayAnswerAgainWhenThingsHaveChanged() throws Exception {
    publish(new Content().listeners("a"));
    client.send(hello(LDS).build());
    DeltaDiscoveryResponse response = take(LDS);
    BindFailure unbound = new BindFailure("a", "10.0.0.1:80", "Address already in use");
    client.send(
        ack(response).toBuilder()
            .setErrorDetail(new Rejections(Map.of(), List.of(unbound)).toStatus())
            .build());
    ProxyState failing = states.awaitOne(each -> !each.unbound().isEmpty());
    client.send(ack(response));
    ProxyState healed = states.awaitOne(each -> each.unbound().isEmpty());

    assertThat(failing.verdicts())
        .isEqualTo(Map.of(new ResourceKey(LDS, "a"), new Verdict.Accepted("1")));
    assertThat(healed.verdicts()).isEqualTo(failing.verdicts());
  }

  @Test
  void ofOtherClientsTheWholeResponseIsRejected() throws Exception {
    publish(new Content().listeners("a=1"));
    client.send(hello(LDS).build());
    take(LDS);
    publish(new Content().listeners("a=2", "b=1"));
    client.send(
        ack(client.next()).toBuilder()
            .setErrorDetail(com.google.rpc.Status.newBuilder().setCode(3).setMessage("no"))
            .build());

    assertThat(states.awaitOne(each -> each.verdicts().size() == 2).verdicts())
        .isEqualTo(
            Map.of(
                new ResourceKey(LDS, "a"), new Verdict.Rejected("2", "no", "1"),
                new ResourceKey(LDS, "b"), new Verdict.Rejected("1", "no", null)));
  }

  @Test
  void aProxyIsGoneWithItsStream() throws Exception {
    publish(new Content().listeners("a"));
    try (var other = AdsClient.delta(server.address())) {
      other.send(subscribe(LDS).setNode(node("other", "GatewayClass/host")).build());
      states.awaitOne(state -> state.node().equals("other"));
      client.send(hello(LDS).build());
      states.await(all -> all.size() == 2);
    }
    states.awaitOne(state -> state.node().equals("proxy-1"));
  }

  @Test
  void ofOneNameTheLastToComeCounts() throws Exception {
    publish(new Content().listeners("a"));
    client.send(hello(LDS).putInitialResourceVersions("a", "old").build());
    states.awaitOne(state -> true);
    try (var again = AdsClient.delta(server.address())) {
      again.send(hello(LDS).putInitialResourceVersions("a", "new").build());
      states.awaitOne(state -> state.verdicts().containsValue(new Verdict.Accepted("new")));
    }
  }

  @Test
  void whoAsksForNoListenersIsNoProxy() throws Exception {
    publish(new Content().clusters("c"));
    client.send(hello(CDS).build());
    take(CDS);
    nothingMore();

    assertThat(server.proxies()).isEmpty();
  }

  @Test
  void tellsClientsThatItStops() throws Exception {
    publish(new Content());
    client.send(hello(CDS).build());
    take(CDS);
    server.close();

    assertThat(client.ended().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(client.ended().getDescription()).isEqualTo("the controller stops");
  }

  @Test
  void saysWhereItCannotListen() {
    assertThat(
            catchThrowableOfType(
                IOException.class,
                () -> AdsServer.start(new ServeOptions(server.address(), null), states)))
        .hasMessageContaining(Integer.toString(server.address().getPort()))
        .hasMessageContaining("in use");
  }
}
