package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.status.StatusText;
import dev.weir.standalone.Standalone;
import dev.weir.standalone.StandaloneOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Gateways that get addresses of a pool. */
@ExtendWith(NoLeaks.class)
class AddressPoolTest {
  private static final String CLASS =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      """;

  @TempDir private Path dir;

  /** Two addresses that nobody else has: the ends of a range of four are not given out. */
  private static String pool() {
    int last;
    String ip;
    do {
      ip = Loopback.next();
      last = Integer.parseInt(ip.substring(ip.lastIndexOf('.') + 1));
    } while (last % 4 != 0);
    Loopback.next();
    Loopback.next();
    Loopback.next();
    return ip + "/30";
  }

  /** A Gateway without address, and a route that tells by redirecting that it was reached. */
  private static String gateway(String name) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: %1$s}
    spec:
      gatewayClassName: weir
      listeners: [{name: http, port: 8080, protocol: HTTP}]
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: %1$s}
    spec:
      parentRefs: [{name: %1$s}]
      rules:
      - filters: [{type: RequestRedirect, requestRedirect: {hostname: %1$s.test}}]
    ---
    """
        .formatted(name);
  }

  private Path write(String... gateways) throws IOException {
    StringBuilder yaml = new StringBuilder(CLASS);
    for (String gateway : gateways) {
      yaml.append(gateway(gateway));
    }
    Path fresh = Files.writeString(dir.resolve("fresh"), yaml);
    Path directory = Files.createDirectories(dir.resolve("config"));
    return Files.move(
        fresh, directory.resolve("gateways.yaml"), StandardCopyOption.REPLACE_EXISTING);
  }

  private static JsonNode status(Standalone standalone, String gateway) {
    for (JsonNode object :
        JsonMapper.shared().readTree(StatusText.json(standalone.state().statuses()))) {
      if (object.get("kind").asString().equals("Gateway")
          && object.at("/metadata/name").asString().equals(gateway)) {
        return object.get("status");
      }
    }
    throw new AssertionError("no status of " + gateway);
  }

  private static String address(Standalone standalone, String gateway) {
    return status(standalone, gateway).at("/addresses/0/value").asString("");
  }

  private static String programmed(JsonNode conditions) {
    for (JsonNode condition : conditions) {
      if (condition.get("type").asString().equals("Programmed")) {
        return condition.get("status").asString()
            + " "
            + condition.get("reason").asString()
            + " "
            + condition.get("message").asString();
      }
    }
    throw new AssertionError("not in " + conditions);
  }

  /** Where requests to an address are led. */
  private static String answer(String ip) throws IOException {
    String answer =
        Peer.ask(
            new InetSocketAddress(InetAddress.ofLiteral(ip), 8080), "GET / HTTP/1.1|Host: h||");
    return answer.substring(answer.indexOf("http://"), answer.indexOf(".test"));
  }

  private static boolean listens(String ip) {
    try {
      Peer.connect(new InetSocketAddress(InetAddress.ofLiteral(ip), 8080)).close();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void eachGatewayHasAnAddressOfItsOwn() throws Exception {
    write("one", "two");
    try (Standalone standalone =
        Standalone.start(
            StandaloneOptions.of(List.of(dir.resolve("config"))).withAddressPool(pool()),
            state -> {})) {
      String one = address(standalone, "one");
      String two = address(standalone, "two");

      assertThat(one).isNotEqualTo(two);
      // The same port of both is theirs alone.
      assertThat(answer(one)).isEqualTo("http://one");
      assertThat(answer(two)).isEqualTo("http://two");
      assertThat(programmed(status(standalone, "one").get("conditions"))).startsWith("True ");
    }
  }

  @Test
  void aPoolOfGatewayParametersDoesTheSameUnlessTheOptionSaysElse() throws Exception {
    Path file = write("one", "two");
    String pool = pool();
    Files.writeString(
        file,
        Files.readString(file)
                .replace(
                    "{controllerName: weir.dev/gateway-controller}",
                    "{controllerName: weir.dev/gateway-controller, parametersRef: {group: weir.dev,"
                        + " kind: GatewayParameters, name: host, namespace: default}}")
            + """
            apiVersion: weir.dev/v1alpha1
            kind: GatewayParameters
            metadata: {name: host}
            spec: {host: {addressPool: %s}}
            """
                .formatted(pool));
    StandaloneOptions options = StandaloneOptions.of(List.of(dir.resolve("config")));
    String own;
    try (Standalone standalone = Standalone.start(options, state -> {})) {
      own = address(standalone, "one");
      assertThat(own).isNotEqualTo(address(standalone, "two"));
      assertThat(answer(own)).isEqualTo("http://one");
      assertThat(answer(address(standalone, "two"))).isEqualTo("http://two");
      assertThat(standalone.state().problems()).isEmpty();
    }
    try (Standalone standalone = Standalone.start(options.withAddressPool(pool()), state -> {})) {
      assertThat(address(standalone, "one")).isNotEqualTo(own);
    }
  }

  /** Above all it does not listen everywhere, where nobody expects it. */
  @Test
  void aGatewayWithoutAnAddressIsNotServedAndSaysWhy() throws Exception {
    write("one", "two", "zero");
    try (Standalone standalone =
        Standalone.start(
            StandaloneOptions.of(List.of(dir.resolve("config"))).withAddressPool(pool()),
            state -> {})) {
      JsonNode left = status(standalone, "zero");
      assertThat(programmed(left.get("conditions")))
          .isEqualTo(
              "False AddressNotAssigned spec.addresses: no address is left to assign: name the"
                  + " addresses, or give a larger pool");
      assertThat(left.get("addresses")).isEmpty();
      assertThat(programmed(left.at("/listeners/0/conditions")))
          .isEqualTo("False Invalid Gateway/default/zero has no address: see its conditions");
      assertThat(standalone.state().problems())
          .extracting(problem -> problem.object() + " " + problem.reason())
          .containsExactly("Gateway/default/zero AddressNotAssigned");
      assertThat(standalone.state().translation().snapshot().listeners()).hasSize(2);
      assertThat(
              NetworkInterface.networkInterfaces()
                  .flatMap(NetworkInterface::inetAddresses)
                  .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                  .map(InetAddress::getHostAddress))
          .noneMatch(AddressPoolTest::listens);
      String one = address(standalone, "one");

      // An address comes back with its Gateway; the others keep theirs.
      write("two", "zero");

      Eventually.holds("it gets the free one", () -> address(standalone, "zero").equals(one));
      Eventually.holds("and is served", () -> answer(one).equals("http://zero"));
      assertThat(programmed(status(standalone, "zero").get("conditions"))).startsWith("True ");
    }
  }
}
