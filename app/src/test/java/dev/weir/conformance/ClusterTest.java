package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.api.Bytes;
import dev.weir.echo.EchoAnswer;
import dev.weir.echo.GrpcEchoAnswer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Objects become files, Deployments become backends, and the requester talks to them. */
class ClusterTest {
  private static final Ref DEPLOYMENT = new Ref("gateway-conformance-infra", "back");
  private static final String OBJECTS =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: back, namespace: gateway-conformance-infra}
      spec:
        replicas: 2
        template:
          metadata: {labels: {app: back}}
          spec:
            containers:
            - image: registry.k8s.io/gateway-api/conformance/echo-basic:v0.1.0
              ports: [{name: web, containerPort: 3000}]
              volumeMounts: [{name: secret, mountPath: /etc/secret}, {name: ca, mountPath: /etc/ca}]
              env:
              - {name: SERVICE_NAME, value: back}
              - {name: TLS_SERVER_CERT, value: /etc/secret/crt}
              - {name: TLS_SERVER_PRIVKEY, value: /etc/secret/key}
              - {name: TLS_CLIENT_CACERTS, value: /etc/ca/ca}
              - {name: KIND, value: ''}
            volumes:
            - name: secret
              secret:
                secretName: tls-checks-certificate
                items: [{key: tls.crt, path: crt}, {key: tls.key, path: key}]
            - name: ca
              configMap:
                name: tls-checks-ca-certificate
                items: [{key: ca.crt, path: ca}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: back, namespace: gateway-conformance-infra}
      spec:
        selector: {app: back}
        ports:
        - {name: named, port: 80, targetPort: web}
        - {port: 8081, targetPort: 3001, appProtocol: kubernetes.io/h2c}
      """;

  private static final List<ObjectNode> CERTIFICATES = Certificates.create();

  @TempDir private Path dir;

  private RunNetwork network;
  private Pods pods;
  private Cluster cluster;
  private Path watched;
  private final Requester requester = new Requester();

  @BeforeEach
  void start() throws IOException {
    network = RunNetwork.claim(RunNetwork.Range.LOOPBACK);
    pods = new Pods(network);
    watched = Files.createDirectory(dir.resolve("objects"));
    cluster = new Cluster(watched, Files.createDirectory(dir.resolve("spool")), pods);
    cluster.apply(CERTIFICATES);
  }

  @AfterEach
  void stop() throws IOException {
    requester.close();
    pods.close();
    network.close();
  }

  private Pod deploy(String environment) throws IOException {
    cluster.apply(Json.readYaml(OBJECTS.replace("- {name: KIND, value: ''}", environment)));
    return cluster.pods(DEPLOYMENT).getFirst();
  }

  private static TrafficStep.HttpCall call(String protocol, String path) {
    return new TrafficStep.HttpCall(
        "GET", path, protocol, "abc.example.com", Map.of("X-One", "1"), null, null, null);
  }

  private Exchange exchange(Pod pod, int port, TrafficStep.HttpCall call, boolean secure)
      throws Exception {
    var tls =
        new TrafficStep.Tls(
            "abc.example.com",
            new Pem(
                "ConfigMap", "gateway-conformance-infra", "tls-checks-ca-certificate", "ca.crt"),
            new Pem(
                "Secret", "gateway-conformance-infra", "tls-checks-client-certificate", "tls.crt"));
    ClientTls client = secure ? ClientTls.of(tls, cluster) : null;
    return Exchange.of(
        requester, call, Exchange.outgoing(call, pod.address(), port, client, UUID.randomUUID()));
  }

  private static EchoAnswer echo(Exchange exchange) {
    return Objects.requireNonNull(Comparison.echo(exchange.reply()));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(watched)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void servicesGetTheirEndpoints() throws Exception {
    Pod pod = deploy("- {name: KIND, value: http}");

    String slice = "endpointslice.gateway-conformance-infra.back-pods.yaml";
    assertThat(files()).contains(slice, "service.gateway-conformance-infra.back.yaml");
    assertThat(files()).noneMatch(file -> file.startsWith("deployment"));
    ObjectNode read = Json.readYaml(Files.readString(watched.resolve(slice))).getFirst();
    assertThat(read.path("endpoints").size()).isEqualTo(2);
    assertThat(read.path("endpoints").get(0).path("addresses").get(0).asString())
        .isEqualTo(pod.address());
    assertThat(read.path("ports").get(0).path("port").asInt()).isEqualTo(3000);
    assertThat(read.path("ports").get(1).path("port").asInt()).isEqualTo(3001);
    assertThat(read.path("ports").get(1).path("appProtocol").asString())
        .isEqualTo("kubernetes.io/h2c");
  }

  @Test
  void restoresFilesAndStopsBackends() throws Exception {
    Map<ObjectKey, ObjectNode> before = cluster.checkpoint();
    List<String> filesBefore = files();
    Pod pod = deploy("- {name: KIND, value: http}");
    TrafficStep.HttpCall call = call("HTTP", "/");
    assertThat(exchange(pod, 3000, call, false).reply().status()).isEqualTo(200);

    cluster.restore(before);

    assertThat(files()).isEqualTo(filesBefore);
    assertThat(cluster.pods(DEPLOYMENT)).isEmpty();
    org.assertj.core.api.Assertions.assertThatIOException()
        .isThrownBy(() -> exchange(pod, 3000, call, false));
  }

  @Test
  void http1TargetsGoOutAsWritten() throws Exception {
    Pod pod = deploy("- {name: KIND, value: http}");
    String target = "/a//b/../c%2Fd%zz?x=%20;y&&z=%";

    Exchange exchange = exchange(pod, 3000, call("HTTP", target), false);

    EchoAnswer echo = echo(exchange);
    assertThat(exchange.reply().protocol()).isEqualTo("HTTP/1.1");
    assertThat(echo.path()).isEqualTo(target);
    assertThat(echo.host()).isEqualTo("abc.example.com");
    assertThat(echo.pod()).isEqualTo(pod.name());
    assertThat(echo.headers()).containsEntry("X-One", List.of("1"));
    assertThat(pods.saw(DEPLOYMENT, target)).isTrue();
    assertThat(pods.saw(DEPLOYMENT, "/a")).isFalse();
    assertThat(pods.saw(new Ref("gateway-conformance-infra", "bac"), target)).isFalse();
  }

  @Test
  void http2NeedsPriorKnowledgeOnItsPort() throws Exception {
    Pod pod = deploy("- {name: KIND, value: http}");

    Exchange exchange = exchange(pod, 3001, call("H2C_PRIOR_KNOWLEDGE", "/a?b"), false);
    Exchange wrong = exchange(pod, 3001, call("HTTP", "/a"), false);

    assertThat(exchange.reply().protocol()).isEqualTo("HTTP/2.0");
    assertThat(echo(exchange).proto()).isEqualTo("HTTP/2.0");
    assertThat(echo(exchange).path()).isEqualTo("/a?b");
    assertThat(wrong.reply().status()).isEqualTo(400);
  }

  @Test
  void tlsIsVerifiedAndSeenByTheBackend() throws Exception {
    Pod pod = deploy("- {name: KIND, value: http}");

    for (String protocol : List.of("HTTPS", "H2")) {
      Exchange exchange = exchange(pod, 8443, call(protocol, "/"), true);

      EchoAnswer.Tls tls = Objects.requireNonNull(echo(exchange).tls());
      assertThat(exchange.reply().protocol())
          .isEqualTo(protocol.equals("H2") ? "HTTP/2.0" : "HTTP/1.1");
      assertThat(tls.serverName()).isEqualTo("abc.example.com");
      assertThat(tls.peerCertificates()).hasSize(1);
      ClientTls client = Objects.requireNonNull(exchange.request().tls());
      assertThat(Objects.requireNonNull(client.identity()).asked()).isTrue();
    }
  }

  @Test
  void anUntrustedServerIsRefused() throws Exception {
    Pod pod = deploy("- {name: KIND, value: http}");
    var trust =
        new Pem("ConfigMap", "gateway-conformance-infra", "mismatch-ca-certificate", "ca.crt");
    for (var tls :
        List.of(
            new TrafficStep.Tls("abc.example.com", trust, null),
            new TrafficStep.Tls(
                "wrong.example.com",
                new Pem(
                    "ConfigMap",
                    "gateway-conformance-infra",
                    "tls-checks-ca-certificate",
                    "ca.crt"),
                null))) {
      TrafficStep.HttpCall call = call("HTTPS", "/");
      Outgoing request =
          Exchange.outgoing(
              call, pod.address(), 8443, ClientTls.of(tls, cluster), UUID.randomUUID());

      org.assertj.core.api.Assertions.assertThatIOException()
          .isThrownBy(() -> requester.send(request))
          .withMessageContaining("SSLHandshakeException");
    }
  }

  @Test
  void requestsFailTheFirstTimes() throws Exception {
    Pod pod = deploy("- {name: KIND, value: http}");
    TrafficStep.HttpCall call = call("HTTP", "/?succeedAfter=1&responseCode=503&uuid=a");
    TrafficStep.HttpCall cut = call("HTTP", "/?succeedAfter=1&uuid=b");

    assertThat(exchange(pod, 3000, call, false).reply().status()).isEqualTo(503);
    assertThat(exchange(pod, 3000, call, false).reply().status()).isEqualTo(200);
    org.assertj.core.api.Assertions.assertThatIOException()
        .isThrownBy(() -> exchange(pod, 3000, cut, false));
    assertThat(exchange(pod, 3000, cut, false).reply().status()).isEqualTo(200);
  }

  @Test
  void grpcBackendsEchoCalls() throws Exception {
    Pod pod = deploy("- {name: GRPC_ECHO_SERVER, value: '1'}");
    String service = "/gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/";
    List<Reply> replies = new java.util.ArrayList<>();
    for (String method : List.of("Echo", "EchoThree")) {
      replies.add(
          requester.send(
              new Outgoing(
                  pod.address(),
                  3000,
                  Outgoing.Protocol.HTTP2,
                  "POST",
                  service + method,
                  "grpc.example",
                  List.of(Map.entry("content-type", "application/grpc"), Map.entry("x-one", "1")),
                  Bytes.of(new byte[5]),
                  null)));
    }

    GrpcEchoAnswer echo = GrpcEchoAnswer.read(replies.getFirst().body().toArray());
    assertThat(replies.getFirst().trailers()).containsEntry("grpc-status", List.of("0"));
    assertThat(echo.method()).isEqualTo(service + "Echo");
    assertThat(echo.authority()).isEqualTo("grpc.example");
    assertThat(echo.pod()).isEqualTo(pod.name());
    assertThat(echo.namespace()).isEqualTo("gateway-conformance-infra");
    assertThat(echo.headers("X-One")).containsExactly("1");
    assertThat(replies.getLast().headers()).containsEntry("grpc-status", List.of("12"));
  }

  @Test
  void secretsAreDecoded() {
    ObjectNode secret =
        Objects.requireNonNull(
            cluster.find("Secret", new Ref("gateway-conformance-infra", "tls-checks-certificate")));
    JsonNode data = secret.path("data");
    var pem = new Pem("Secret", "gateway-conformance-infra", "tls-checks-certificate", "tls.crt");

    assertThat(cluster.material(pem)).startsWith("-----BEGIN CERTIFICATE-----");
    assertThat(
            new String(
                java.util.Base64.getDecoder().decode(data.path("tls.key").asString()),
                StandardCharsets.US_ASCII))
        .startsWith("-----BEGIN RSA PRIVATE KEY-----");
    assertThat(Material.certificates(cluster.material(pem))).hasSize(1);
  }
}
