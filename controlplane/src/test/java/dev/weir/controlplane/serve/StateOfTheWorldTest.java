package dev.weir.controlplane.serve;

import static dev.weir.controlplane.serve.AdsClient.node;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The variant of the protocol that sends everything each time, spoken by the generated stubs. */
class StateOfTheWorldTest {
  private static final ResourceType LDS = ResourceType.LISTENER;
  private static final ResourceType RDS = ResourceType.ROUTE_CONFIGURATION;
  private static final ResourceType CDS = ResourceType.CLUSTER;

  private final ProxyStates states = new ProxyStates();
  private AdsServer server;
  private AdsClient<DiscoveryRequest, DiscoveryResponse> client;

  @BeforeEach
  void start() throws IOException {
    server =
        AdsServer.start(
            new ServeOptions(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null),
            states);
    client = AdsClient.stateOfTheWorld(server.address());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private void publish(Content content) {
    server.publish(content.published());
  }

  private static DiscoveryRequest.Builder ask(ResourceType type, String... names) {
    return DiscoveryRequest.newBuilder().setTypeUrl(type.url()).addAllResourceNames(List.of(names));
  }

  private static DiscoveryRequest.Builder hello(ResourceType type, String... names) {
    return ask(type, names).setNode(node("proxy-1", AdsClient.SERVES));
  }

  private static DiscoveryRequest ack(DiscoveryResponse response, String... names) {
    return DiscoveryRequest.newBuilder()
        .setTypeUrl(response.getTypeUrl())
        .setVersionInfo(response.getVersionInfo())
        .setResponseNonce(response.getNonce())
        .addAllResourceNames(List.of(names))
        .build();
  }

  private DiscoveryResponse next(ResourceType type) throws InterruptedException {
    DiscoveryResponse response = client.next();
    assertThat(response.getTypeUrl()).isEqualTo(type.url());
    return response;
  }

  private DiscoveryResponse take(ResourceType type, String... names) throws InterruptedException {
    DiscoveryResponse response = next(type);
    client.send(ack(response, names));
    return response;
  }

  /** {@code name=version}, the latter as {@link Content} writes it into the message. */
  private static List<String> names(DiscoveryResponse response)
      throws InvalidProtocolBufferException {
    List<String> names = new ArrayList<>();
    for (Any any : response.getResourcesList()) {
      if (any.is(Cluster.class)) {
        Cluster cluster = any.unpack(Cluster.class);
        names.add(cluster.getName() + "=" + cluster.getEdsClusterConfig().getServiceName());
      } else if (any.is(Listener.class)) {
        Listener listener = any.unpack(Listener.class);
        names.add(listener.getName() + "=" + listener.getStatPrefix());
      } else {
        RouteConfiguration routes = any.unpack(RouteConfiguration.class);
        names.add(routes.getName() + "=" + routes.getVirtualHosts(0).getName());
      }
    }
    Collections.sort(names);
    return names;
  }

  @Test
  void sendsTheWholeSetWithAVersionOfTheSet() throws Exception {
    publish(new Content().clusters("a=1", "b=1"));
    client.send(hello(CDS).build());
    DiscoveryResponse first = take(CDS);
    assertThat(names(first)).containsExactly("a=1", "b=1");
    publish(new Content().clusters("a=1", "b=2"));
    DiscoveryResponse second = take(CDS);
    assertThat(names(second)).containsExactly("a=1", "b=2");
    publish(new Content().clusters("a=1", "b=1"));
    DiscoveryResponse third = take(CDS);

    assertThat(second.getVersionInfo()).isNotEqualTo(first.getVersionInfo());
    assertThat(third.getVersionInfo()).isEqualTo(first.getVersionInfo());
  }

  @Test
  void sendsOfRoutesThoseThatAreAskedFor() throws Exception {
    publish(new Content().routes("r", "s", "t"));
    client.send(hello(RDS, "r").build());
    DiscoveryResponse first = take(RDS, "r");
    assertThat(names(first)).containsExactly("r=1");
    // The same nonce again: the client asks for more.
    client.send(ack(first, "r", "s", "missing"));
    assertThat(names(take(RDS, "s", "missing"))).containsExactly("r=1", "s=1");
    publish(new Content().routes("r=2", "s", "t=2"));
    publish(new Content().routes("r=2", "s=2", "t=2"));
    DiscoveryResponse last = take(RDS, "s", "missing");
    assertThat(names(last)).containsExactly("s=2");
    publish(new Content().routes("s=2", "missing=1"));
    assertThat(names(take(RDS, "s", "missing"))).containsExactly("missing=1", "s=2");
  }

  @Test
  void saysThatAListenerDoesNotExist() throws Exception {
    publish(new Content().listeners("path/l"));
    client.send(hello(LDS, "path/missing").build());
    assertThat(take(LDS, "path/missing").getResourcesList()).isEmpty();
    publish(new Content().listeners("path/l", "path/missing"));
    assertThat(names(take(LDS, "path/missing"))).containsExactly("path/missing=1");
    publish(new Content());
    assertThat(take(LDS, "path/missing").getResourcesList()).isEmpty();
  }

  @Test
  void clustersStayUntilNothingRefersToThem() throws Exception {
    publish(new Content().clusters("old").listeners("l").routes("r=1"));
    client.send(hello(CDS).build());
    take(CDS);
    client.send(ask(LDS).build());
    take(LDS);
    client.send(ask(RDS, "r").build());
    take(RDS, "r");
    publish(new Content().clusters("new").listeners("l").routes("r=2"));

    assertThat(names(take(CDS))).containsExactly("new=1", "old=1");
    DiscoveryResponse routes = next(RDS);
    assertThat(names(routes)).containsExactly("r=2");
    client.send(ack(routes, "r"));
    assertThat(names(take(CDS))).containsExactly("new=1");
  }

  @Test
  void ignoresWhatWasWrittenBeforeTheLastResponse() throws Exception {
    publish(new Content().routes("r=1", "s=1"));
    client.send(hello(RDS, "r").build());
    DiscoveryResponse first = take(RDS, "r");
    publish(new Content().routes("r=2", "s=1"));
    DiscoveryResponse second = next(RDS);
    client.send(ack(first, "r", "s"));
    client.send(ask(CDS).build());
    // Had the names of the stale request counted, a response with them would be here.
    assertThat(next(CDS).getResourcesList()).isEmpty();
    client.send(ack(second, "r", "s"));

    assertThat(names(next(RDS))).containsExactly("r=2", "s=1");
  }

  @Test
  void aRejectionIsAboutWhatChanged() throws Exception {
    publish(new Content().listeners("a=1", "b=1"));
    client.send(hello(LDS).build());
    take(LDS);
    publish(new Content().listeners("a=1", "b=2"));
    DiscoveryResponse second = next(LDS);
    client.send(
        ack(second).toBuilder()
            .setErrorDetail(com.google.rpc.Status.newBuilder().setCode(3).setMessage("no"))
            .build());
    Verdict rejected = new Verdict.Rejected("2", "no", "1");
    assertThat(states.awaitOne(each -> each.verdicts().containsValue(rejected)).verdicts())
        .isEqualTo(
            Map.of(
                new ResourceKey(LDS, "a"),
                new Verdict.Accepted("1"),
                new ResourceKey(LDS, "b"),
                rejected));
    publish(new Content().listeners("a=1", "b=3"));

    assertThat(names(take(LDS))).containsExactly("a=1", "b=3");
    states.awaitOne(each -> each.verdicts().containsValue(new Verdict.Accepted("3")));
  }
}
