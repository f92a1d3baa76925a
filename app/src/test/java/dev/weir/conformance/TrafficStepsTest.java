package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Steps that send traffic, against a backend without a gateway between: the Gateway's address is
 * that of the pod. What is right must pass, what is wrong must not.
 */
class TrafficStepsTest {
  private static final String INFRA = "gateway-conformance-infra";
  private static final List<ObjectNode> CERTIFICATES = Certificates.create();
  private static final Limits SHORT = new Limits(Duration.ofMillis(300), Duration.ofMillis(300));

  private static final String ECHO = "registry.k8s.io/gateway-api/conformance/echo-basic:v0.1.0";

  @TempDir private Path dir;

  private RunNetwork network;
  private Pods pods;
  private Cluster cluster;
  private final Requester requester = new Requester();
  private String address = "";
  private TrafficSteps steps;

  @BeforeEach
  void start() throws IOException {
    network = RunNetwork.claim(RunNetwork.Range.LOOPBACK);
    pods = new Pods(network);
    cluster =
        new Cluster(
            Files.createDirectory(dir.resolve("objects")),
            Files.createDirectory(dir.resolve("spool")),
            pods);
    cluster.apply(CERTIFICATES);
    cluster.apply(
        Json.readYaml(
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: edge, namespace: gateway-conformance-infra}
            spec: {gatewayClassName: weir, listeners: []}
            """));
    steps =
        new TrafficSteps(
            new World(network, cluster, pods, new AtThePod(), requester, Set.of(), SHORT));
  }

  @AfterEach
  void stop() throws IOException {
    requester.close();
    pods.close();
    network.close();
  }

  /** Shows the address of the pod as that of the Gateway. */
  private final class AtThePod implements GatewayUnderTest {
    @Override
    public @Nullable JsonNode object(String kind, @Nullable String namespace, String name) {
      ObjectNode shown = Json.MAPPER.createObjectNode();
      shown.putObject("metadata").put("generation", 1);
      shown.putObject("status").putArray("addresses").addObject().put("value", address);
      return shown;
    }

    @Override
    public void close() {}
  }

  private void deploy(String image, String environment) throws IOException {
    String deployment =
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: back, namespace: gateway-conformance-infra}
        spec:
          template:
            metadata: {labels: {app: back}}
            spec:
              containers:
              - image: IMAGE
                volumeMounts: [{name: secret, mountPath: /etc/secret}]
                env:
                - {name: SERVICE_NAME, value: back-service}
                - {name: TLS_SERVER_CERT, value: /etc/secret/crt}
                - {name: TLS_SERVER_PRIV_KEY, value: /etc/secret/key}
                - {name: TLS_SERVER_PRIVKEY, value: /etc/secret/key}
                - {name: ENVIRONMENT, value: '1'}
              volumes:
              - name: secret
                secret:
                  secretName: tls-checks-certificate
                  items: [{key: tls.crt, path: crt}, {key: tls.key, path: key}]
        """;
    cluster.apply(
        Json.readYaml(deployment.replace("IMAGE", image).replace("ENVIRONMENT", environment)));
    address = cluster.pods(new Ref(INFRA, "back")).getFirst().address();
  }

  private void take(String action, int port, String rest) throws Exception {
    String json =
        """
        {"action": "%s",
         "to": {"gateway": {"namespace": "%s", "name": "edge"}, "port": %d}, %s}
        """
            .formatted(action, INFRA, port, rest);
    Step step = CaseFile.part(Json.MAPPER.readTree(json), Step.class);
    assertThat(step).isInstanceOf(TrafficStep.class);
    steps.take((TrafficStep) step);
  }

  private void passes(String action, int port, String rest) {
    assertThatCode(() -> take(action, port, rest)).doesNotThrowAnyException();
  }

  private void fails(String action, int port, String rest, String why) {
    assertThatThrownBy(() -> take(action, port, rest))
        .isInstanceOf(StepFailure.class)
        .hasMessageContaining(why);
  }

  private static String tls(String serverName, String authority) {
    return """
    "tls": {"serverName": "%s", "trust": {"fromKind": "ConfigMap",
      "namespace": "gateway-conformance-infra", "name": "%s", "key": "ca.crt"}},
    """
        .formatted(serverName, authority);
  }

  @Test
  void requestsAndTheirFailure() throws Exception {
    deploy(ECHO, "HTTP");
    String request = "\"request\": {\"method\": \"GET\", \"path\": \"%s\", \"protocol\": \"HTTP\"}";
    String ok = request.formatted("/a") + ", \"expect\": ";

    passes("request", 3000, ok + "{\"status\": [200]}");
    fails("request", 3000, ok + "{\"status\": [404]}", "seen 200");
    fails("request", 3002, ok + "{\"status\": [200]}", "refused");
    fails(
        "request",
        3000,
        ok + "{\"status\": [200], \"mirroredTo\": [{\"namespace\": \"x\", \"name\": \"back\"}]}",
        "expected a copy");
    passes(
        "requestExpectFailure",
        3000,
        request.formatted("/status/500") + ", \"expect\": {\"statusNot\": [200]}");
    fails("requestExpectFailure", 3000, ok + "{\"statusNot\": [200]}", "seen status 200");
    fails(
        "requestExpectFailure",
        3000,
        request.formatted("/status/504") + ", \"expect\": {\"statusNot\": [200]}",
        "no timeout");
    passes(
        "requestExpectFailure",
        8443,
        tls("wrong.example.com", "tls-checks-ca-certificate") + ok + "{\"transportError\": true}");
    fails(
        "requestExpectFailure",
        8443,
        tls("abc.example.com", "tls-checks-ca-certificate") + ok + "{\"transportError\": true}",
        "expected the exchange to break");
  }

  @Test
  void distributions() throws Exception {
    deploy(ECHO, "HTTP");
    String all =
        """
        "kind": "http", "request": {"method": "GET", "path": "/", "protocol": "HTTP"},
        "expect": {"status": [200]}, "totalRequests": 50, "concurrency": 5,
        "toleranceAbsolute": 0.05, "maxAttempts": 2, "weights": %s
        """;

    passes("weightedDistribution", 3000, all.formatted("{\"back\": 1.0, \"other\": 0.0}"));
    fails(
        "weightedDistribution",
        3000,
        all.formatted("{\"back\": 0.7, \"other\": 0.3}"),
        "expected a share of 0.7, seen 1.0");
    fails("weightedDistribution", 3000, all.formatted("{\"other\": 1.0}"), "met pod back-");
  }

  @Test
  void distributionsAreComparedByShare() {
    List<String> pods = List.of("a-1", "a-2", "a-1", "b-1");

    assertThat(Distribution.differences(java.util.Map.of("a", 0.7, "b", 0.3), 0.051, pods))
        .isEmpty();
    assertThat(Distribution.differences(java.util.Map.of("a", 0.9, "b", 0.1), 0.1, pods))
        .hasSize(2);
    assertThat(Distribution.differences(java.util.Map.of("a", 0.75, "b", 0.0), 0.5, pods))
        .hasSize(1);
  }

  @Test
  void grpcCalls() throws Exception {
    deploy(ECHO, "GRPC_ECHO_SERVER");
    String call =
        """
        "request": {"service": "gateway_api_conformance.echo_basic.grpcecho.GrpcEcho",
          "method": "%s", "authority": "a.example", "metadata": {"x-one": "1"}}, "expect": %s
        """;
    String ok = "{\"grpcStatus\": 0, \"backend\": {\"podPrefix\": \"%s\", \"namespace\": \"%s\"}}";

    passes("grpcRequest", 3000, call.formatted("Echo", ok.formatted("back", INFRA)));
    fails("grpcRequest", 3000, call.formatted("Echo", ok.formatted("other", INFRA)), "pod:");
    fails("grpcRequest", 3000, call.formatted("Echo", ok.formatted("back", "x")), "namespace:");
    fails("grpcRequest", 3000, call.formatted("EchoThree", ok.formatted("", INFRA)), "seen 12");
    passes("grpcRequest", 3000, call.formatted("EchoThree", "{\"grpcStatus\": 12}"));
    passes("grpcRequestExpectFailure", 3000, call.formatted("Three", "{\"grpcStatusNot\": 0}"));
    fails(
        "grpcRequestExpectFailure",
        3000,
        call.formatted("EchoTwo", "{\"grpcStatusNot\": 0}"),
        "another gRPC status");
  }

  @Test
  void linesOverTcpAndTls() throws Exception {
    deploy(ECHO, "TCP_ECHO_SERVER");
    String expect =
        """
        "expect": {"backend": {"podPrefix": "%s-", "namespace": "%s"}, "backendIsTLS": %s,
                   "backendSni": "%s"}
        """;
    String secure = tls("abc.example.com", "tls-checks-ca-certificate");

    passes("tcpConnect", 3000, "\"subtest\": \"s\"");
    fails("tcpConnect", 3001, "\"subtest\": \"s\"", "refused");
    passes("tcpEcho", 3000, "\"expect\": {\"anyPod\": true}");
    passes("tcpEcho", 8443, secure + expect.formatted("back", INFRA, "true", "abc.example.com"));
    fails("tcpEcho", 8443, secure + expect.formatted("other", "x", "false", "y"), "pod: expected");
    fails(
        "tcpEcho",
        8443,
        tls("abc.example.com", "mismatch-ca-certificate") + "\"expect\": {\"anyPod\": true}",
        "bad_certificate");
    String repeat =
        """
        "count": 5, "perRequestTimeoutSeconds": 2,
        "expectEach": {"podPrefix": "%s-", "errorsAllowed": 0}
        """;
    passes("tcpEchoRepeat", 3000, repeat.formatted("back"));
    fails("tcpEchoRepeat", 3000, repeat.formatted("other"), "seen back-");
    fails("tcpEchoRepeat", 3001, repeat.formatted("back"), "refused");
  }

  @Test
  void rejectedTls() throws Exception {
    deploy(ECHO, "HTTP");
    String rejected =
        "\"tls\": {\"serverName\": \"a.example\"}, \"expect\": {\"connection\": \"closed\"}";

    fails("tlsConnectExpectRejected", 8443, rejected, "expected the connection to be closed");
    try (var closing = new java.net.ServerSocket()) {
      closing.bind(new java.net.InetSocketAddress(address, 9443));
      Thread.ofVirtual()
          .start(() -> {
            try {
              while (true) {
                closing.accept().close();
              }
            } catch (IOException e) {
              // The test is over.
            }
          });

      passes("tlsConnectExpectRejected", 9443, rejected);
    }
  }

  @Test
  void datagrams() throws Exception {
    deploy(ECHO, "UDP_ECHO_SERVER");
    String echo =
        "\"request\": {\"payload\": \"p\"}, \"expect\": {\"service\": \"%s\", \"namespace\": \"%s\"}";
    String repeat =
        """
        "count": 3, "request": {"payload": "p"}, "perRequestTimeoutSeconds": 1,
        "eventuallySeconds": 1, "pollSeconds": 1, "retryWholeBatchOnTransportError": true,
        "failImmediatelyOnOtherBackend": true, "expectEach": {"deployment": "%s"}
        """;

    passes("udpEcho", 8080, echo.formatted("back-service", INFRA));
    fails("udpEcho", 8080, echo.formatted("other", INFRA), "service:");
    passes("udpEchoRepeat", 8080, repeat.formatted("back"));
    fails("udpEchoRepeat", 8080, repeat.formatted("other"), "seen back-");
  }

  @Test
  void dns() throws Exception {
    deploy("registry.k8s.io/coredns/coredns:v1.14.6", "NONE");
    String query =
        """
        "transport": "udp", "request": {"name": "foo.bar.com.", "type": "A"},
        "expect": {"anyResponse": true}, "eventuallySeconds": 1, "pollSeconds": 1
        """;

    passes("dnsQuery", 53, query);
    fails("dnsQuery", 54, query, "PortUnreachable");
  }

  @Test
  void webSockets() throws Exception {
    deploy(ECHO, "HTTP");
    String frames =
        """
        "request": {"path": "%s", "subprotocol": "", "origin": "ws://gateway/test"},
        "frames": [{"send": {"type": "text", "data": "hello"}}, {"expectEcho": true},
                   {"send": {"type": "binary", "bytes": [1, 2, 3]}}, {"expectEcho": true}]
        """;

    passes("websocket", 3000, frames.formatted("/ws"));
    fails("websocket", 3001, frames.formatted("/ws"), "WebSocketHandshakeException");
  }
}
