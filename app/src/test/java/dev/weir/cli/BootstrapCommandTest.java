package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.JsonFormat.TypeRegistry;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource.ApiType;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Envoy's is read by Envoy's own messages; what gRPC makes of its own, GrpcClientsTest shows. */
class BootstrapCommandTest {
  private static final String[] FILES = {"--cert", "tls.crt", "--key", "tls.key", "--ca", "ca.crt"};

  private static Invocation run(String kind, String controller, String... more) {
    String[] arguments = {
      "bootstrap", kind, "--controller", controller, "--node", "n: 1", "--serves", "Gateway/a/b"
    };
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return Invocation.of(all);
  }

  private static Bootstrap envoy(String controller, String... more) throws Exception {
    Invocation printed = run("--envoy", controller, more);
    assertThat(printed.status()).as(printed.err()).isZero();
    Bootstrap.Builder bootstrap = Bootstrap.newBuilder();
    JsonFormat.parser()
        .usingTypeRegistry(
            TypeRegistry.newBuilder()
                .add(HttpProtocolOptions.getDescriptor())
                .add(UpstreamTlsContext.getDescriptor())
                .build())
        .merge(
            JsonMapper.shared()
                .writeValueAsString(
                    new Load(LoadSettings.builder().build()).loadFromString(printed.out())),
            bootstrap);
    return bootstrap.build();
  }

  @Test
  void tellsEnvoyWhereToAskForEverything() throws Exception {
    Bootstrap bootstrap = envoy("10.0.0.1:18000");

    assertThat(bootstrap.getNode().getId()).isEqualTo("n: 1");
    assertThat(bootstrap.getNode().getCluster()).isEqualTo("Gateway/a/b");
    var dynamic = bootstrap.getDynamicResources();
    assertThat(dynamic.getAdsConfig().getApiType()).isEqualTo(ApiType.DELTA_GRPC);
    assertThat(dynamic.getCdsConfig().hasAds()).isTrue();
    assertThat(dynamic.getLdsConfig().hasAds()).isTrue();
    Cluster cluster = bootstrap.getStaticResources().getClusters(0);
    assertThat(dynamic.getAdsConfig().getGrpcServices(0).getEnvoyGrpc().getClusterName())
        .isEqualTo(cluster.getName());
    assertThat(cluster.getType()).isEqualTo(Cluster.DiscoveryType.STATIC);
    assertThat(
            cluster
                .getTypedExtensionProtocolOptionsOrThrow(
                    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions")
                .unpack(HttpProtocolOptions.class)
                .getExplicitHttpConfig()
                .hasHttp2ProtocolOptions())
        .isTrue();
    var socket =
        cluster
            .getLoadAssignment()
            .getEndpoints(0)
            .getLbEndpoints(0)
            .getEndpoint()
            .getAddress()
            .getSocketAddress();
    assertThat(socket.getAddress()).isEqualTo("10.0.0.1");
    assertThat(socket.getPortValue()).isEqualTo(18000);
    assertThat(cluster.hasTransportSocket()).isFalse();
  }

  @Test
  void givesEnvoyItsCertificateAndTheControllersName() throws Exception {
    Cluster cluster = envoy("weir.example.com:443", FILES).getStaticResources().getClusters(0);

    assertThat(cluster.getType()).isEqualTo(Cluster.DiscoveryType.STRICT_DNS);
    UpstreamTlsContext tls =
        cluster.getTransportSocket().getTypedConfig().unpack(UpstreamTlsContext.class);
    assertThat(tls.getSni()).isEqualTo("weir.example.com");
    var common = tls.getCommonTlsContext();
    assertThat(common.getTlsCertificates(0).getCertificateChain().getFilename())
        .isEqualTo("tls.crt");
    assertThat(common.getTlsCertificates(0).getPrivateKey().getFilename()).isEqualTo("tls.key");
    assertThat(common.getValidationContext().getTrustedCa().getFilename()).isEqualTo("ca.crt");
    var name = common.getValidationContext().getMatchTypedSubjectAltNames(0);
    assertThat(name.getSanType()).isEqualTo(SanType.DNS);
    assertThat(name.getMatcher().getExact()).isEqualTo("weir.example.com");
  }

  @Test
  void tellsGrpcTheSame() {
    JsonNode plain = JsonMapper.shared().readTree(run("--grpc", "[fd00::1]:18000").out());
    JsonNode secure = JsonMapper.shared().readTree(run("--grpc", "weir:18000", FILES).out());

    assertThat(plain.at("/xds_servers/0/server_uri").asString()).isEqualTo("[fd00::1]:18000");
    assertThat(plain.at("/xds_servers/0/channel_creds/0/type").asString()).isEqualTo("insecure");
    assertThat(plain.at("/node/cluster").asString()).isEqualTo("Gateway/a/b");
    JsonNode credentials = secure.at("/xds_servers/0/channel_creds/0");
    assertThat(credentials.path("type").asString()).isEqualTo("tls");
    assertThat(credentials.at("/config/private_key_file").asString()).isEqualTo("tls.key");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", ":1", "a:b", "fd00::1:80", "a:70000", "a b:1"})
  void saysWhatAControllerIs(String controller) {
    Invocation wrong = run("--envoy", controller);

    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err()).startsWith("--controller is HOST:PORT, not " + controller);
  }

  @Test
  void saysWhatIsMissing() {
    assertThat(run("--grpc", "a:1", "--cert", "tls.crt").err()).contains("--key", "--ca");
    assertThat(run("--grpc", "a:1", "--envoy").status()).isEqualTo(2);
    assertThat(
            Invocation.of(
                    "bootstrap", "--grpc", "--controller", "a:1", "--node", "n", "--serves", "edge")
                .err())
        .startsWith("--serves is Gateway/NAMESPACE/NAME or GatewayClass/NAME, not edge");
  }
}
