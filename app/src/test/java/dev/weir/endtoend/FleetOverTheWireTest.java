package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.controlplane.identity.CertificateAuthority;
import dev.weir.controlplane.identity.ServerIdentity;
import dev.weir.controlplane.serve.AdsServer;
import dev.weir.controlplane.serve.Publication;
import dev.weir.controlplane.serve.ServeOptions;
import dev.weir.controlplane.serve.ServeTls;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.dataplane.DataPlaneOptions;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.fleet.FleetOptions;
import dev.weir.fleet.FleetProxy;
import dev.weir.proxy.source.ads.AdsOptions;
import dev.weir.proxy.source.ads.AdsOptions.Security;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The server of xDS and a proxy of Weir, with mutual TLS and a certificate for a token. */
@ExtendWith(NoLeaks.class)
class FleetOverTheWireTest {
  private static final ObjectRef EDGE =
      new ObjectRef("gateway.networking.k8s.io", "Gateway", "default", "edge");

  @TempDir private Path dir;

  private final String ip = Loopback.next();

  private static ScriptedServer server(String answer) throws IOException {
    return ScriptedServer.start(peer -> {
      while (true) {
        peer.readHead();
        peer.send("HTTP/1.1 200 OK|Content-Length: 3||" + answer);
      }
    });
  }

  private XdsSnapshot translation(ScriptedServer backend) throws Exception {
    return PlainController.translate(
        dir,
        Yaml.gateway(ip, TestGateway.HTTP_LISTENER),
        Yaml.backend("one", backend.address()),
        Yaml.route("one", "/"));
  }

  private static Publication published(XdsSnapshot snapshot) {
    return new Publication(Map.of(EDGE, snapshot), Map.of());
  }

  private String answer() throws IOException {
    return Peer.ask(
        new InetSocketAddress(InetAddress.ofLiteral(ip), TestGateway.HTTP),
        "GET / HTTP/1.1|Host: a.test|Connection: close||");
  }

  /** All that is published runs. */
  private static Map<ResourceKey, Verdict> all(XdsSnapshot snapshot) {
    Map<ResourceKey, Verdict> verdicts = new HashMap<>();
    put(ResourceType.LISTENER, snapshot.listeners(), verdicts);
    put(ResourceType.ROUTE_CONFIGURATION, snapshot.routes(), verdicts);
    put(ResourceType.CLUSTER, snapshot.clusters(), verdicts);
    put(ResourceType.CLUSTER_LOAD_ASSIGNMENT, snapshot.endpoints(), verdicts);
    return verdicts;
  }

  private static void put(
      ResourceType type,
      Map<String, ? extends Resource<?>> resources,
      Map<ResourceKey, Verdict> verdicts) {
    resources.forEach((name, resource) ->
        verdicts.put(new ResourceKey(type, name), new Verdict.Accepted(resource.version())));
  }

  @Test
  void runsWhatIsPublishedAndSaysWhatItRejects() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create(InstantSource.system());
    String address = Loopback.next();
    ServeTls tls =
        new ServeTls(
            ServerIdentity.issued(authority, List.of(address), Duration.ofHours(1)),
            new ServeTls.Issuing(
                authority, token -> token.equals("mine") ? EDGE.toString() : null));
    Path authorities = Files.writeString(dir.resolve("ca.crt"), authority.certificatePem());
    Path token = Files.writeString(dir.resolve("token"), "mine");
    try (ScriptedServer one = server("one");
        ScriptedServer two = server("two");
        AdsServer controller =
            AdsServer.start(
                new ServeOptions(new InetSocketAddress(InetAddress.ofLiteral(address), 0), tls),
                states -> {});
        FleetProxy proxy =
            FleetProxy.start(
                new FleetOptions(
                    new AdsOptions(
                        address,
                        controller.address().getPort(),
                        "proxy-1",
                        EDGE.toString(),
                        "1.0.0",
                        new Security.Token(authorities, token)),
                    null,
                    null,
                    DataPlaneOptions.QUIET.withAdmin(
                        new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 15000))),
                applied -> {})) {
      assertThat(proxy.adminAddress()).isNotNull();
      XdsSnapshot first = translation(one);
      controller.publish(published(first));
      awaits(controller, all(first));
      assertThat(answer()).endsWith("one");

      XdsSnapshot second = translation(two);
      controller.publish(published(second));
      awaits(controller, all(second));
      assertThat(answer()).endsWith("two");

      Resource<RouteConfiguration> good = second.routes().values().iterator().next();
      Resource<RouteConfiguration> bad =
          new Resource<>(good.name(), "bad", withInternalOnlyHeaders(good.message()));
      controller.publish(
          published(
              new XdsSnapshot(
                  second.listeners(),
                  Map.of(bad.name(), bad),
                  second.clusters(),
                  second.endpoints(),
                  second.secrets())));
      ResourceKey key = new ResourceKey(ResourceType.ROUTE_CONFIGURATION, bad.name());
      Eventually.holds(
          "the bad routes are rejected",
          () ->
              controller.proxies().getFirst().verdicts().get(key)
                      instanceof Verdict.Rejected rejected
                  && rejected.version().equals("bad")
                  && good.version().equals(rejected.running())
                  && rejected.message().contains("internal_only_headers"));
      assertThat(answer()).endsWith("two");
    }
  }

  private static void awaits(AdsServer controller, Map<ResourceKey, Verdict> verdicts)
      throws InterruptedException {
    Eventually.holds(
        "the proxy runs " + verdicts,
        () -> {
          List<ProxyState> states = controller.proxies();
          assertThat(states).hasSize(1);
          assertThat(states.getFirst().node()).isEqualTo("proxy-1");
          assertThat(states.getFirst().gateways()).containsExactly(EDGE);
          assertThat(states.getFirst().verdicts()).isEqualTo(verdicts);
          return true;
        });
  }

  /** With a field that the proxy does not implement. */
  private static RouteConfiguration withInternalOnlyHeaders(RouteConfiguration good)
      throws InvalidProtocolBufferException {
    return RouteConfiguration.parseFrom(
        io.envoyproxy.envoy.config.route.v3.RouteConfiguration.parseFrom(good.toByteString())
            .toBuilder()
            .addInternalOnlyHeaders("x")
            .build()
            .toByteString());
  }
}
