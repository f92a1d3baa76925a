package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.decode.Encoder;
import dev.weir.controlplane.decode.JsonText;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.api.gateway.Gateway;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EffectiveParametersTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                              | {}                                   | {}
          {http: {http3: true}}           | {}                                   | {http: {http3: true}}
          {http: {http3: true}}           | {http: {http3: false}}               | {http: {http3: false}}
          {http: {http3: true}}           | {http: {reasonHeader: false}}        | {http: {http3: true, reasonHeader: false}}
          {http: {clientAddress: {trustedHops: 1}}} | {http: {clientAddress: {trustedCidrs: [10.0.0.0/8]}}} | {http: {clientAddress: {trustedCidrs: [10.0.0.0/8]}}}
          {http: {limits: {requestHeaders: 5, requestHeadersKb: 6}}} | {http: {limits: {requestHeaders: 7}}} | {http: {limits: {requestHeadersKb: 6, requestHeaders: 7}}}
          {deployment: {image: a, service: {type: NodePort}}} | {deployment: {service: {annotations: {a: b}}}} | {deployment: {image: a, service: {type: NodePort, annotations: {a: b}}}}
          {deployment: {podLabels: {a: a, b: b}}} | {deployment: {podLabels: {b: c}}} | {deployment: {podLabels: {b: c}}}
          {deployment: {replicas: 3, image: a}} | {deployment: {autoscaling: {minReplicas: 1, maxReplicas: 2, targetCpuPercent: 50}}} | {deployment: {image: a, autoscaling: {minReplicas: 1, maxReplicas: 2, targetCpuPercent: 50}}}
          {deployment: {autoscaling: {minReplicas: 1, maxReplicas: 2, targetCpuPercent: 50}}} | {deployment: {replicas: 3}} | {deployment: {replicas: 3}}
          {host: {addressPool: 10.0.0.0/8}} | {deployment: {replicas: 3}}        | {deployment: {replicas: 3}}
          {deployment: {replicas: 3}}     | {host: {addressPool: 10.0.0.0/8}}    | {host: {addressPool: 10.0.0.0/8}}
          """)
  void whatTheGatewayLeavesOutComesFromItsClass(String ofClass, String own, String expected) {
    assertThat(effective(ofClass, own)).isEqualTo(effective("{}", expected));
  }

  private static String effective(String ofClass, String own) {
    ClusterState state =
        States.of(
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: weir}
            spec:
              controllerName: weir.dev/gateway-controller
              parametersRef: {group: weir.dev, kind: GatewayParameters, name: class, namespace: infra}
            ---
            apiVersion: weir.dev/v1alpha1
            kind: GatewayParameters
            metadata: {namespace: infra, name: class}
            spec: %s
            ---
            apiVersion: weir.dev/v1alpha1
            kind: GatewayParameters
            metadata: {namespace: shop, name: own}
            spec: %s
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {namespace: shop, name: edge}
            spec:
              gatewayClassName: weir
              infrastructure: {parametersRef: {group: weir.dev, kind: GatewayParameters, name: own}}
              listeners: [{name: http, port: 80, protocol: HTTP}]
            """
                .formatted(ofClass, own));
    return JsonText.write(
        Encoder.encode(new EffectiveParameters(state).of(state.objects(Gateway.TYPE).getFirst())));
  }
}
