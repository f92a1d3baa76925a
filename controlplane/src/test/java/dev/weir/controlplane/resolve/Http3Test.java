package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.translate.Translator;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.envoy.config.core.v3.SocketAddress.Protocol;
import dev.weir.envoy.config.listener.v3.FilterChain;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.CodecType;
import dev.weir.envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the parameters of a Gateway to Envoy's form of HTTP/3. */
class Http3Test {
  private static final String TCP = "Gateway/infra/public/port/443";
  private static final String QUIC = TCP + "/http3";

  private static Resolution resolve(String http, String tls) throws IOException {
    return resolve(http, tls, "");
  }

  private static Resolution resolve(String http, String tls, String more) throws IOException {
    return new Resolver()
        .resolve(
            States.of(
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: GatewayClass
                metadata: {name: weir}
                spec: {controllerName: weir.dev/gateway-controller}
                ---
                apiVersion: v1
                kind: Secret
                metadata: {namespace: infra, name: web}
                type: kubernetes.io/tls
                data: {tls.crt: %s, tls.key: %s}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {namespace: infra, name: ca}
                data: {ca.crt: %s}
                ---
                apiVersion: weir.dev/v1alpha1
                kind: GatewayParameters
                metadata: {namespace: infra, name: public}
                spec: {http: {%s}}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {namespace: infra, name: public}
                spec:
                  gatewayClassName: weir
                  infrastructure:
                    parametersRef: {group: weir.dev, kind: GatewayParameters, name: public}
                  %s
                  listeners:
                  - {name: http, port: 80, protocol: HTTP}
                  - name: https
                    port: 443
                    protocol: HTTPS
                    hostname: a.example
                    tls: {certificateRefs: [{name: web}]}
                  %s
                """
                    .formatted(
                        base64("ec.crt"),
                        base64("ec-pkcs8.key"),
                        quoted("ec.crt"),
                        http,
                        tls,
                        more)),
            States.options(
                "HTTPRoute", "TCPRoute", "UDPRoute", "GatewayFrontendClientCertificateValidation"));
  }

  private static String base64(String file) throws IOException {
    return Base64.getEncoder().encodeToString(bytes(file));
  }

  private static String quoted(String file) throws IOException {
    return "\""
        + new String(bytes(file), java.nio.charset.StandardCharsets.US_ASCII).replace("\n", "\\n")
        + "\"";
  }

  private static byte[] bytes(String file) throws IOException {
    return Files.readAllBytes(Path.of("src/test/resources/credentials", file));
  }

  private static XdsSnapshot translate(Resolution resolution) {
    return XdsSnapshot.union(
        new Translator(List.of(new KnownFilters()))
            .translate(resolution.topology(), port -> List.of())
            .values());
  }

  private static RouteConfiguration routes(XdsSnapshot xds, String name) {
    return Objects.requireNonNull(xds.routes().get(name)).message();
  }

  @Test
  void isASecondListenerWithTheRoutesOfTheFirst() throws Exception {
    Resolution resolution = resolve("http3: true", "");
    XdsSnapshot xds = translate(resolution);

    assertThat(resolution.report().problems()).isEmpty();
    assertThat(xds.listeners()).containsOnlyKeys(TCP, QUIC, "Gateway/infra/public/port/80");
    Listener quic = Objects.requireNonNull(xds.listeners().get(QUIC)).message();
    assertThat(quic.getAddress().getSocketAddress().getProtocol()).isEqualTo(Protocol.UDP);
    assertThat(quic.getAddress().getSocketAddress().getPortValue()).isEqualTo(443);
    assertThat(quic.getUdpListenerConfig().hasQuicOptions()).isTrue();
    FilterChain chain = quic.getFilterChains(0);
    assertThat(chain.getFilterChainMatch().getServerNamesList()).containsExactly("a.example");
    QuicDownstreamTransport transport =
        chain.getTransportSocket().getTypedConfig().unpack(QuicDownstreamTransport.class);
    assertThat(transport.getDownstreamTlsContext().getCommonTlsContext().getAlpnProtocolsList())
        .containsExactly("h3");
    HttpConnectionManager manager =
        chain.getFilters(0).getTypedConfig().unpack(HttpConnectionManager.class);
    assertThat(manager.getCodecType()).isEqualTo(CodecType.HTTP3);
    RouteConfiguration routes = routes(xds, manager.getRds().getRouteConfigName());
    assertThat(routes.getResponseHeadersToAdd(0).getHeader().getValue())
        .isEqualTo("h3=\":443\"; ma=86400");
    assertThat(routes(xds, "Gateway/infra/public/port/80").getResponseHeadersToAddCount()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "http3: false"})
  void isOffUnlessAskedFor(String http) throws Exception {
    Resolution resolution = resolve(http, "");
    XdsSnapshot xds = translate(resolution);

    assertThat(resolution.report().problems()).isEmpty();
    assertThat(xds.listeners()).doesNotContainKey(QUIC);
    assertThat(xds.routes().values())
        .allMatch(routes -> routes.message().getResponseHeadersToAddCount() == 0);
  }

  @Test
  void listenersThatVerifyClientsAreLeftOut() throws Exception {
    Resolution resolution =
        resolve(
            "http3: true",
            "tls: {frontend: {default: {validation: {caCertificateRefs: [{group: '', kind:"
                + " ConfigMap, name: ca}]}}}}");
    XdsSnapshot xds = translate(resolution);

    assertThat(resolution.report().problems())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.path()).isEqualTo("spec.infrastructure.parametersRef");
          assertThat(problem.message()).contains("https", "HTTP/3");
        });
    assertThat(xds.listeners()).containsKey(TCP).doesNotContainKey(QUIC);
    assertThat(routes(xds, "Gateway/infra/public/listener/https").getResponseHeadersToAddCount())
        .isZero();
  }

  @Test
  void anotherListenerHasThePortOfUdp() throws Exception {
    Resolution resolution = resolve("http3: true", "", "- {name: dns, port: 443, protocol: UDP}");
    XdsSnapshot xds = translate(resolution);

    assertThat(resolution.report().problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.message()).contains("https", "UDP listener"));
    assertThat(xds.listeners()).containsKeys(TCP, TCP + "/udp").doesNotContainKey(QUIC);
  }

  @Test
  void anOlderGatewayHasThePortOfUdp() throws Exception {
    Resolution resolution =
        resolve(
            "http3: true",
            "",
            """

            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata:
              namespace: infra
              name: names
              creationTimestamp: "2020-01-01T00:00:00Z"
            spec:
              gatewayClassName: weir
              listeners: [{name: dns, port: 443, protocol: UDP}]
            """);
    XdsSnapshot xds = translate(resolution);

    assertThat(resolution.report().problems())
        .singleElement()
        .satisfies(problem ->
            assertThat(problem.message()).contains("https", "the older Gateway/infra/names"));
    assertThat(xds.listeners()).containsKeys(TCP).doesNotContainKey(QUIC);
  }
}
