package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** {@code ./weir run} as a process: what it prints where, and how it ends. */
class RunIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String GATEWAYS =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: one}
      spec: {gatewayClassName: weir, listeners: [{name: http, port: 8080, protocol: HTTP}]}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: two}
      spec: {gatewayClassName: weir, listeners: [{name: http, port: 8080, protocol: HTTP}]}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: shop}
      spec:
        parentRefs: [{name: one}, {name: two}]
        rules:
        - matches: [{path: {value: /shop}}]
          filters: [{type: RequestRedirect, requestRedirect: {hostname: other.test}}]
      """;

  @TempDir private Path dir;

  private final Program curl = Program.needed("curl");
  private final String adminIp = Loopback.next();
  private Path config;
  private @Nullable Process weir;

  @BeforeEach
  void directory() throws IOException {
    config = Files.createDirectory(dir.resolve("config"));
  }

  @AfterEach
  void stop() throws Exception {
    if (weir != null) {
      weir.destroyForcibly().waitFor();
    }
  }

  private String errors() throws IOException {
    return Files.readString(dir.resolve("errors"));
  }

  private List<String> output() throws IOException {
    return Files.readAllLines(dir.resolve("output"));
  }

  private Process run(String... options) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                ROOT.resolve("weir").toString(),
                "run",
                config.toString(),
                "--admin",
                adminIp + ":15000"));
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(dir.resolve("output").toFile())
            .redirectError(dir.resolve("errors").toFile())
            .start();
    weir = process;
    Eventually.holds("weir runs", () -> errors().contains("Ctrl-C stops") || !process.isAlive());
    assertThat(process.isAlive()).as(errors()).isTrue();
    return process;
  }

  private void ends(Process process) throws Exception {
    process.destroy();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(errors()).isZero();
    assertThat(errors()).doesNotContain("Exception");
  }

  /** The addresses of the pool that it tells to try. */
  private List<String> urls() throws IOException {
    Matcher urls = Pattern.compile("  curl (http://127\\.[0-9.]+:8080/shop) ").matcher(errors());
    return urls.results().map(url -> url.group(1)).toList();
  }

  /** Addresses outside of the network that the other tests take theirs from. */
  private static String pool(int network) {
    return "127.%d.%s.0/24".formatted(network, Loopback.next().split("\\.")[2]);
  }

  @Test
  void standardOutputIsTheAccessLogAlone() throws Exception {
    Files.writeString(config.resolve("gateways.yaml"), GATEWAYS);
    Process process = run("--address-pool", pool(7));
    List<String> urls = urls();
    assertThat(urls).hasSize(2).doesNotHaveDuplicates();
    String evil = "x\"\\ {}: \u00e9\u2028";
    for (String url : urls) {
      curl.run("-sS", "-A", evil, "-H", "X-Evil: " + evil, url).succeeded();
      curl.run("-sS", "-A", evil, url.replace("/shop", "/nowhere\"?a=\\")).succeeded();
    }
    String status = curl.run("-sS", "http://" + adminIp + ":15000/status").succeeded();
    for (String url : urls) {
      assertThat(status).contains("\"" + url.replaceAll("http://|:8080/shop", "") + "\"");
    }

    ends(process);

    assertThat(output())
        .hasSize(4)
        .allSatisfy(line ->
            assertThat(line)
                .matches(
                    "\\S+Z 127\\.\\S+ \"GET 127\\.\\S+ HTTP/1\\.1\" (302|404) \\d+B [0-9.]+ms"
                        + "( HTTPRoute/default/shop/rule/0/match/0)? reason=(redirect|no-route)"
                        + "( \\(.*\\))?"));
    assertThat(errors()).doesNotContain("\"GET ");
  }

  @Test
  void theAccessLogMayBeJson() throws Exception {
    Files.writeString(config.resolve("gateways.yaml"), GATEWAYS);
    Process process =
        run("--address-pool", pool(8), "--access-log-format", "json", "--workers", "1");
    String url = urls().getFirst();
    curl.run("-sS", "-A", "agent \"7\"", url + "?[1-20]").succeeded();

    ends(process);

    assertThat(output())
        .hasSize(20)
        .allSatisfy(line -> {
          var object = JsonMapper.shared().readTree(line);
          assertThat(object.get("path").asString()).matches("/shop\\?\\d+");
          assertThat(object.get("userAgent").asString()).isEqualTo("agent \"7\"");
          assertThat(object.get("status").asInt()).isEqualTo(302);
        });
  }

  /** What is not there yet may come. */
  @Test
  void startsWithNothingAndFollows() throws Exception {
    Process process = run("--access-log", "off");
    assertThat(errors()).contains("No route leads anywhere yet");
    assertThat(curl.run("-sS", "http://" + adminIp + ":15000/ready").succeeded())
        .isEqualTo("ready\n");
    String ip = Loopback.next();
    Files.writeString(
        config.resolve("gateways.yaml"),
        GATEWAYS.replace(
            "{gatewayClassName: weir, ",
            "{gatewayClassName: weir, addresses: [{value: %s}], ".formatted(ip)));
    Eventually.holds(
        "the route is live",
        () -> curl.run("-sS", "-i", "http://" + ip + ":8080/shop").output().contains(" 302 "));
    // The younger of two that want the same port of the same address.
    Eventually.holds("it is told of", () -> errors().contains("Gateway/default/two: "));

    ends(process);

    assertThat(output()).isEmpty();
  }
}
