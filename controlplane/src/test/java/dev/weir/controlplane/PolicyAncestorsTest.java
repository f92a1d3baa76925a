package dev.weir.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.route.v3.Route;
import dev.weir.features.Features;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * The status of a policy has room for 16 Gateways (BackendTLSPolicy {@code status.ancestors}): it
 * does not count at others.
 */
class PolicyAncestorsTest {
  private static final String CLASS =
      """
      {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: weir},
       spec: {controllerName: weir.dev/gateway-controller}}
      ---
      {apiVersion: v1, kind: Service, metadata: {name: secure}, spec: {ports: [{port: 443}]}}
      ---
      {apiVersion: v1, kind: Service, metadata: {name: plain}, spec: {ports: [{port: 80}]}}
      """;
  private static final String POLICIES =
      """
      {apiVersion: gateway.networking.k8s.io/v1, kind: BackendTLSPolicy, metadata: {name: tls},
       spec: {targetRefs: [{group: "", kind: Service, name: secure}],
        validation: {hostname: secure.example, wellKnownCACertificates: System}}}
      ---
      {apiVersion: gateway.networking.x-k8s.io/v1alpha1, kind: XBackendTrafficPolicy,
       metadata: {name: retries}, spec: {targetRefs: [{group: "", kind: Service, name: plain}],
        retryConstraint: {budget: {percent: 20, interval: 10s}}}}
      """;

  private final Manifests manifests =
      new Manifests(StandardTypes.ALL, InstantSource.fixed(Instant.parse("2026-03-01T00:00:00Z")));
  private final Pipeline pipeline = new Pipeline(Features.ALL);

  /** With a route each; the first is the youngest. */
  private Translation translate(int gateways) {
    List<SourceText> texts = new ArrayList<>();
    texts.add(SourceText.of("class", CLASS));
    texts.add(SourceText.of("policies", POLICIES));
    for (int i = 0; i < gateways; i++) {
      texts.add(
          SourceText.of(
              "gateway " + i,
              """
              {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway,
               metadata: {name: g%1$02d, creationTimestamp: "2026-01-%2$02dT00:00:00Z"},
               spec: {gatewayClassName: weir, addresses: [{value: 127.9.9.%2$d}],
                listeners: [{name: http, port: 80, protocol: HTTP}]}}
              ---
              {apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: g%1$02d},
               spec: {parentRefs: [{name: g%1$02d}], rules: [
                {matches: [{path: {value: /secure}}], backendRefs: [{name: secure, port: 443}]},
                {matches: [{path: {value: /plain}}], backendRefs: [{name: plain, port: 80}]}]}}
              """
                  .formatted(i, 28 - i)));
    }
    return pipeline.translate(manifests.load(texts).state(), AddressAllocation.NONE);
  }

  private static XdsSnapshot snapshot(Translation translation, String gateway) {
    return Objects.requireNonNull(
        translation
            .gateways()
            .get(new ObjectRef("gateway.networking.k8s.io", "Gateway", "default", gateway)));
  }

  private static Route secure(XdsSnapshot snapshot) {
    return snapshot.routes().values().stream()
        .flatMap(routes -> routes.message().getVirtualHostsList().stream())
        .flatMap(host -> host.getRoutesList().stream())
        .filter(route -> route.getMatch().getPathSeparatedPrefix().equals("/secure"))
        .findFirst()
        .orElseThrow();
  }

  private static Cluster plain(XdsSnapshot snapshot) {
    return Objects.requireNonNull(snapshot.clusters().get("Service/default/plain/80")).message();
  }

  private static List<String> ancestors(Translation translation, String policy) {
    return translation.resolution().report().policies().stream()
        .filter(report -> report.subject().ref().name().equals(policy))
        .flatMap(report -> report.ancestors().stream())
        .map(report -> report.ancestor().name())
        .toList();
  }

  @Test
  void sixteenGatewaysUseAPolicy() {
    Translation translation = translate(16);

    assertThat(translation.resolution().report().problems()).isEmpty();
    assertThat(ancestors(translation, "tls")).hasSize(16);
    assertThat(secure(snapshot(translation, "g00")).getRoute().getCluster())
        .isEqualTo("Service/default/secure/443/https");
    assertThat(plain(snapshot(translation, "g00")).hasMetadata()).isTrue();
  }

  @Test
  void aYoungerOneMakesNoUseOfIt() {
    translate(16);
    Translation translation = translate(17);

    // g16 is the oldest, g00 the youngest.
    assertThat(ancestors(translation, "tls")).hasSize(16).doesNotContain("g00").contains("g16");
    assertThat(ancestors(translation, "retries")).hasSize(16).doesNotContain("g00");
    XdsSnapshot youngest = snapshot(translation, "g00");
    assertThat(secure(youngest).getDirectResponse().getStatus()).isEqualTo(500);
    assertThat(youngest.clusters()).doesNotContainKey("Service/default/secure/443/https");
    assertThat(plain(youngest).hasMetadata()).isFalse();
    XdsSnapshot oldest = snapshot(translation, "g16");
    assertThat(secure(oldest).getRoute().getCluster())
        .isEqualTo("Service/default/secure/443/https");
    assertThat(plain(oldest).hasMetadata()).isTrue();
    assertThat(translation.resolution().report().problems())
        .extracting(Problem::toString)
        .containsExactly(
            "Gateway/default/g00: the status of BackendTLSPolicy/default/tls is full"
                + " with 16 older Gateways, so it does not count here for Service/default/secure,"
                + " to which no request may pass: use fewer Gateways, or another policy for another"
                + " Service",
            "Gateway/default/g00: the status of XBackendTrafficPolicy/default/retries"
                + " is full with 16 older Gateways, so it does not count here for"
                + " Service/default/plain: use fewer Gateways, or another policy for another"
                + " Service");
  }

  @Test
  void thereIsRoomAgainWhenAnotherGoes() {
    translate(17);

    assertThat(translate(16)).isEqualTo(new PolicyAncestorsTest().translate(16));
  }
}
