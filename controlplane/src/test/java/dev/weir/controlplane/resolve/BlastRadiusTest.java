package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.topology.AttachedListener.HttpListener;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.HostRoutes;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong with one team's objects, what another team's hosts answer stays the same. */
class BlastRadiusTest {
  private static final String GOOD =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {namespace: shared, name: gateway}
      spec:
        gatewayClassName: weir
        allowedListeners: {namespaces: {from: All}}
        listeners:
        - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {namespace: good, name: good}
      spec:
        parentRefs: [{namespace: shared, name: gateway}]
        hostnames: [good.example.com, "*.good.example.com"]
        rules:
        - matches: [{path: {value: /a}}, {path: {type: RegularExpression, value: "/[b-d]+"}}]
          backendRefs: [{name: shop, port: 80}]
        - backendRefs: [{name: shop, port: 80}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {namespace: good, name: shop}
      spec: {ports: [{port: 80}]}
      ---
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{backendRefs: [{name: nowhere, port: 80}]}",
        "{backendRefs: [{namespace: good, name: shop, port: 80}]}",
        "{matches: [{path: {type: RegularExpression, value: '(('}}]}",
        "{filters: [{type: ExtensionRef, extensionRef: {group: a.b, kind: C, name: d}}]}",
        "{filters: [{type: URLRewrite, urlRewrite: {hostname: x.example.com}}]}",
        "{retry: {attempts: 3}}",
        "{backendRefs: [{name: shop, port: 80, filters: [{type: URLRewrite, urlRewrite: {}}]}]}",
      })
  void badRulesDoNoHarm(String rule) {
    assertGoodHostsUnchanged(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {namespace: bad, name: bad, creationTimestamp: "2020-01-01T00:00:00Z"}
        spec:
          parentRefs: [{namespace: shared, name: gateway}]
          hostnames: [bad.example.com]
          rules: [%s]
        """
            .formatted(rule));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // No hostname, hence all of them: but the named ones go before.
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {namespace: bad, name: greedy, creationTimestamp: "2020-01-01T00:00:00Z"}
        spec:
          parentRefs: [{namespace: shared, name: gateway}]
          rules: [{matches: [{path: {type: Exact, value: /a}}]}]
        """,
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: ListenerSet
        metadata: {namespace: bad, name: conflict, creationTimestamp: "2020-01-01T00:00:00Z"}
        spec:
          parentRef: {namespace: shared, name: gateway}
          listeners:
          - {name: a, port: 80, protocol: HTTP}
          - {name: b, port: 80, protocol: HTTPS, tls: {certificateRefs: [{name: nowhere}]}}
        """,
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {namespace: bad, name: same-port, creationTimestamp: "2030-01-01T00:00:00Z"}
        spec:
          gatewayClassName: weir
          listeners: [{name: http, port: 80, protocol: HTTP}]
        """,
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: BackendTLSPolicy
        metadata: {namespace: bad, name: foreign-target}
        spec:
          targetRefs: [{group: "", kind: Service, name: shop}]
          validation: {hostname: a.example.com, wellKnownCACertificates: System}
        """,
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: ReferenceGrant
        metadata: {namespace: bad, name: useless}
        spec:
          from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: good}]
          to: [{group: "", kind: Secret}]
        """,
      })
  void badObjectsDoNoHarm(String object) {
    assertGoodHostsUnchanged(object);
  }

  private static void assertGoodHostsUnchanged(String bad) {
    List<HostRoutes> before = goodHosts(GOOD);

    assertThat(before).hasSize(2);
    // What follows a catch-all is not reached, so nothing may follow the good matches.
    assertThat(goodHosts(GOOD + bad)).isEqualTo(before);
  }

  private static List<HostRoutes> goodHosts(String yaml) {
    List<GatewayTopology> gateways =
        new Resolver()
            .resolve(
                States.of(yaml), States.options("HTTPRoute", "ListenerSet", "BackendTLSPolicy"))
            .topology()
            .gateways();
    return gateways.stream()
        .filter(gateway -> gateway.gateway().namespace().equals("shared"))
        .flatMap(gateway -> gateway.ports().stream())
        .flatMap(port -> port.listeners().stream())
        .flatMap(listener -> ((HttpListener) listener).hosts().stream())
        .filter(host -> host.hostname().text().endsWith("good.example.com"))
        .toList();
  }
}
