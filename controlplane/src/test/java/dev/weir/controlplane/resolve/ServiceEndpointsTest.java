package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.topology.Endpoint;
import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.controlplane.topology.ResolvedBackend.ServicePort;
import dev.weir.core.problem.ObjectRef;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceEndpointsTest {
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {namespace: demo, name: shop}
      spec:
        selector: {app: shop}
        ports:
        - {name: http, port: 80, targetPort: web}
        - {name: admin, port: 81, targetPort: 9000}
      """;

  @Test
  void findsThePortOfThePodsByItsName() {
    String slice =
        slice(
            "one",
            """
            addressType: IPv4
            ports: [{name: admin, port: 9001}, {name: http, port: 8080}]
            endpoints: [{addresses: [10.0.0.1, 10.9.9.9], zone: a}]
            """);

    assertThat(endpoints(SERVICE + slice, 80)).containsExactly(new Endpoint("10.0.0.1", 8080, "a"));
    assertThat(endpoints(SERVICE + slice, 81)).containsExactly(new Endpoint("10.0.0.1", 9001, "a"));
    assertThat(endpoints(SERVICE + slice, 82)).isEmpty();
  }

  @Test
  void joinsSlicesWithoutDuplicates() {
    String text =
        SERVICE
            + slice("one", http("IPv4", "{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}"))
            + slice("two", http("IPv4", "{addresses: [10.0.0.2]}, {addresses: [10.0.0.3]}"));

    assertThat(ips(text)).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.3");
  }

  @Test
  void passesOverSlicesOfOthers() {
    String other =
        """
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {namespace: other, name: x, labels: {kubernetes.io/service-name: shop}}
        addressType: IPv4
        ports: [{name: http, port: 8080}]
        endpoints: [{addresses: [10.0.0.1]}]
        """;

    assertThat(ips(SERVICE + other)).isEmpty();
  }

  @Test
  void takesReadyEndpointsOnly() {
    String text =
        SERVICE
            + slice(
                "one",
                http(
                    "IPv4",
                    "{addresses: [10.0.0.1], conditions: {ready: true}},"
                        + " {addresses: [10.0.0.2], conditions: {ready: false}},"
                        + " {addresses: [10.0.0.3], conditions: {ready: false, serving: true,"
                        + " terminating: true}},"
                        + " {addresses: [10.0.0.4], conditions: {}}"));

    assertThat(ips(text)).containsExactly("10.0.0.1", "10.0.0.4");
  }

  @Test
  void takesThoseThatServeWhileTheyTerminateIfNoneIsReady() {
    String text =
        SERVICE
            + slice(
                "one",
                http(
                    "IPv4",
                    "{addresses: [10.0.0.2], conditions: {ready: false}},"
                        + " {addresses: [10.0.0.3], conditions: {ready: false, serving: true,"
                        + " terminating: true}},"
                        + " {addresses: [10.0.0.4], conditions: {ready: false, serving: false,"
                        + " terminating: true}}"));

    assertThat(ips(text)).containsExactly("10.0.0.3");
  }

  @Test
  void takesOneFamilyOfPodsThatHaveTwo() {
    String slices =
        slice("four", http("IPv4", "{addresses: [10.0.0.1]}"))
            + slice("six", http("IPv6", "{addresses: ['fd00::1']}"));

    assertThat(ips(SERVICE + slices)).containsExactly("10.0.0.1");
    assertThat(ips(SERVICE.replace("spec:", "spec:\n  clusterIPs: ['fd00::9', 10.9.0.1]") + slices))
        .containsExactly("fd00::1");
  }

  @Test
  void takesTheOtherFamilyIfThePreferredHasNone() {
    String six = slice("six", http("IPv6", "{addresses: ['fd00::1']}"));

    assertThat(ips(SERVICE + six)).containsExactly("fd00::1");
  }

  @Test
  void takesBothFamiliesOfEndpointsThatSomeoneElseKeeps() {
    String slices =
        slice("four", http("IPv4", "{addresses: [10.0.0.1]}"))
            + slice("six", http("IPv6", "{addresses: ['fd00::1']}"));

    assertThat(ips(SERVICE.replace("selector: {app: shop}", "clusterIP: None") + slices))
        .containsExactly("10.0.0.1", "fd00::1");
  }

  @Test
  void leavesTheNumberToTheServiceWhereASliceHasNone() {
    String slice =
        slice(
            "one",
            """
            addressType: IPv4
            ports: [{name: admin}, {name: http}]
            endpoints: [{addresses: [10.0.0.1]}]
            """);

    assertThat(endpoints(SERVICE + slice, 81))
        .containsExactly(new Endpoint("10.0.0.1", 9000, null));
    assertThat(endpoints(SERVICE + slice, 80)).as("named target port without number").isEmpty();
  }

  /** As the Service of a DNS server has it. */
  @Test
  void tellsPortsOfOneNumberApart() {
    String service =
        SERVICE.replace(
            "ports:",
            "ports:\n  - {name: dns-tcp, port: 53}\n  - {name: dns, port: 53, protocol: UDP}");
    String slice =
        slice(
            "one",
            """
            addressType: IPv4
            ports: [{name: dns-tcp, port: 5300}, {name: dns, port: 5301, protocol: UDP}]
            endpoints: [{addresses: [10.0.0.1]}]
            """);

    assertThat(endpoints(service + slice, 53, Transport.TCP))
        .containsExactly(new Endpoint("10.0.0.1", 5300, null));
    assertThat(endpoints(service + slice, 53, Transport.UDP))
        .containsExactly(new Endpoint("10.0.0.1", 5301, null));
  }

  @Test
  void passesOverNames() {
    assertThat(ips(SERVICE + slice("names", http("FQDN", "{addresses: [a.example.com]}"))))
        .isEmpty();
  }

  private static List<String> ips(String yaml) {
    return endpoints(yaml, 80).stream().map(Endpoint::ip).toList();
  }

  private static List<Endpoint> endpoints(String yaml, int port) {
    return endpoints(yaml, port, Transport.TCP);
  }

  private static List<Endpoint> endpoints(String yaml, int port, Transport transport) {
    return new ServiceEndpoints(States.of(yaml))
        .of(new ServicePort(new ObjectRef("", "Service", "demo", "shop"), port, transport));
  }

  private static String http(String family, String endpoints) {
    return "addressType: %s\nports: [{name: http, port: 8080}]\nendpoints: [%s]\n"
        .formatted(family, endpoints);
  }

  private static String slice(String name, String content) {
    return """
    ---
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {namespace: demo, name: %s, labels: {kubernetes.io/service-name: shop}}
    %s\
    """
        .formatted(name, content);
  }
}
