package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.features.Features;
import dev.weir.proxy.compile.Compiled;
import dev.weir.proxy.compile.Compiler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ValidateCommandTest {
  private static final int SEEDS = 400;
  private static final Path CONFIGURATIONS = Path.of("../controlplane/src/test/resources/resolve");
  private static final Pattern FIELD = Pattern.compile("(?m)^([ -]*)([A-Za-z]+): (.+)$");
  private static final Pattern IN_BRACES = Pattern.compile("([A-Za-z]+): ([^{}\\[\\],\n]+)");

  private static final List<String> VALUES =
      List.of(
          "",
          "~",
          "{}",
          "[]",
          "[{}]",
          "0",
          "-1",
          "65535",
          "4294967296",
          "1.5",
          "true",
          "''",
          "'*'",
          "a",
          "A",
          "'*.example.com'",
          "/",
          "'/a?b'",
          "(",
          "'[a-'",
          "10s",
          "0s",
          "Service",
          "Gateway",
          "HTTPRoute",
          "Secret",
          "default",
          "All",
          "Exact",
          "\"\\u0000\"",
          "é",
          "192.0.2.1",
          "'::'",
          "HTTPS",
          "UDP",
          "TLS");

  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge}
      spec:
        gatewayClassName: weir
        listeners: [{name: http, port: 8080, protocol: HTTP}]
      """;
  private static final String ROUTE =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: shop}
      spec:
        parentRefs: [{name: edge}]
        rules: [{backendRefs: [{group: weir.dev, kind: Backend, name: shop}]}]
      """;
  private static final String BACKEND =
      """
      apiVersion: weir.dev/v1alpha1
      kind: Backend
      metadata: {name: shop}
      spec: {groups: [{endpoints: [{ip: 192.0.2.1, port: 80}]}]}
      """;

  private static final List<HttpFilterType<?, ?>> FILTERS =
      Features.ALL.stream()
          .<HttpFilterType<?, ?>>flatMap(feature -> feature.httpFilters().stream())
          .toList();

  @TempDir private Path directory;

  private String out = "";

  @Test
  void soundConfigurationIsNoCauseForWords() throws IOException {
    assertThat(validate("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")).isZero();
    assertThat(out).isEmpty();
  }

  @Test
  void saysWhatIsWrongAndWhere() throws IOException {
    String route =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: shop}
        spec:
          hostnames: [Shop.example]
        """;

    assertThat(validate(route)).isOne();
    assertThat(out)
        .isEqualTo(
            file()
                + ":5: HTTPRoute/default/shop: spec.hostnames[0]: expected a lower-case host name"
                + " such as shop.example.com or *.example.com, found 'Shop.example'\n");
  }

  @Test
  void warningsAreNoErrors() throws IOException {
    assertThat(validate(GATEWAY + "---\n" + ROUTE)).isZero();
    assertThat(out)
        .isEqualTo(
            file()
                + ":13: HTTPRoute/default/shop: spec.rules[0].backendRefs[0]:"
                + " Backend/default/shop does not exist [warning]\n");
  }

  @Test
  void readsAllDirectoriesAsOneConfiguration(@TempDir Path gateways, @TempDir Path backends)
      throws IOException {
    Files.writeString(gateways.resolve("gateway.yaml"), GATEWAY);
    Files.createDirectories(backends.resolve("below/deeper"));
    Files.writeString(backends.resolve("below/deeper/backend.yml"), BACKEND);
    Files.writeString(file(), ROUTE);

    Invocation alone = Invocation.of("validate", gateways.toString(), directory.toString());
    assertThat(alone.status()).isZero();
    assertThat(alone.out()).contains("Backend/default/shop does not exist").hasLineCount(1);
    assertThat(
            Invocation.of(
                "validate", gateways.toString(), directory.toString(), backends.toString()))
        .isEqualTo(new Invocation(0, "", ""));
    // The same object twice is found across directories.
    Files.writeString(backends.resolve("again.yaml"), ROUTE);
    Invocation twice =
        Invocation.of("validate", gateways.toString(), directory.toString(), backends.toString());
    assertThat(twice.status()).isOne();
    assertThat(twice.out())
        .contains("HTTPRoute/default/shop")
        .contains(file().toString())
        .contains(backends.resolve("again.yaml").toString())
        .hasLineCount(1);
  }

  @Test
  void saysWhichDirectoryIsMissing() throws IOException {
    Files.writeString(file(), GATEWAY.replace("port: 8080", "port: 80800"));
    Path missing = directory.resolve("missing");

    Invocation validation =
        Invocation.of("validate", missing.toString(), directory.resolve("all.yaml").toString());

    assertThat(validation.status()).isOne();
    assertThat(validation.out().lines())
        .hasSize(2)
        .anyMatch((missing + ":1: there is no such file or directory")::equals)
        .anyMatch(line -> line.startsWith(file() + ":11: Gateway/default/edge: "));
  }

  @Test
  void jsonHasTheSameFindings() throws IOException {
    String text =
        String.join("---\n", GATEWAY, ROUTE, BACKEND.replace("192.0.2.1", "nowhere"), "kind: [\n");
    assertThat(validate(text)).isOne();
    List<String> lines = out.lines().toList();
    assertThat(lines).hasSize(3);

    Invocation validation = Invocation.of("validate", "--output", "json", directory.toString());

    assertThat(validation.status()).isOne();
    List<String> told = new ArrayList<>();
    for (JsonNode finding : JsonMapper.shared().readTree(validation.out())) {
      assertThat(finding.propertyNames())
          .isSubsetOf("severity", "reason", "message", "object", "path", "file", "line");
      assertThat(finding.get("reason").asString()).matches("[A-Z][A-Za-z]+");
      StringBuilder line = new StringBuilder();
      line.append(finding.get("file").asString()).append(':').append(finding.get("line").asInt());
      if (finding.has("object")) {
        JsonNode object = finding.get("object");
        line.append(": ").append(object.get("kind").asString());
        line.append('/').append(object.get("namespace").asString());
        line.append('/').append(object.get("name").asString());
      }
      if (!finding.get("path").asString().isEmpty()) {
        line.append(": ").append(finding.get("path").asString());
      }
      line.append(": ").append(finding.get("message").asString());
      line.append(finding.get("severity").asString().equals("warning") ? " [warning]" : "");
      told.add(line.toString());
    }
    assertThat(told).isEqualTo(lines);
  }

  @Test
  void jsonOfASoundConfigurationIsAnEmptyList() throws IOException {
    Files.writeString(file(), GATEWAY);
    Invocation validation = Invocation.of("validate", "--output=json", directory.toString());
    assertThat(validation.status()).isZero();
    assertThat(JsonMapper.shared().readTree(validation.out())).isEmpty();
  }

  /** Values are exchanged for others at random, so that much stays valid and goes all the way. */
  @Test
  void whateverTheConfigurationIsItIsValidatedAndWhatIsLeftRuns() throws IOException {
    List<String> texts = new ArrayList<>();
    try (Stream<Path> files = Files.list(CONFIGURATIONS)) {
      for (Path file : files.sorted().toList()) {
        String text = Files.readString(file);
        texts.add(text.substring(0, text.indexOf("=".repeat(80))));
      }
    }
    Map<String, List<String>> values = new HashMap<>();
    texts.forEach(text -> collect(text, values));
    int accepted = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      String text = texts.get(random.nextInt(texts.size()));
      for (int i = 1 + random.nextInt(6); i > 0; i--) {
        text = exchange(text, random.nextBoolean() ? FIELD : IN_BRACES, values, random);
      }
      try {
        accepted += validate(text) == 0 ? 1 : 0;
        assertThat(complaints(text)).isEmpty();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ":\n" + text, e);
      }
    }
    assertThat(accepted).isBetween(SEEDS / 20, SEEDS);
  }

  private static void collect(String text, Map<String, List<String>> values) {
    for (Pattern pattern : List.of(FIELD, IN_BRACES)) {
      pattern
          .matcher(text)
          .results()
          .forEach(field -> {
            int last = field.groupCount();
            values
                .computeIfAbsent(field.group(last - 1), name -> new ArrayList<>())
                .add(field.group(last));
          });
    }
  }

  private static String exchange(
      String text, Pattern pattern, Map<String, List<String>> values, SplittableRandom random) {
    Matcher matcher = pattern.matcher(text);
    int count = (int) pattern.matcher(text).results().count();
    if (count == 0) {
      return text;
    }
    int chosen = random.nextInt(count);
    for (int i = 0; i <= chosen; i++) {
      matcher.find();
    }
    int last = matcher.groupCount();
    List<String> others = values.getOrDefault(matcher.group(last - 1), VALUES);
    String value =
        random.nextInt(3) == 0
            ? VALUES.get(random.nextInt(VALUES.size()))
            : others.get(random.nextInt(others.size()));
    return text.substring(0, matcher.start(last)) + value + text.substring(matcher.end(last));
  }

  /** What the proxy rejects of what becomes of it. */
  private static List<String> complaints(String text) {
    XdsSnapshot snapshot =
        new Pipeline(Features.ALL)
            .translate(
                new Manifests(StandardTypes.ALL, InstantSource.system())
                    .load(List.of(SourceText.of("input", text)))
                    .state(),
                new AddressAllocation(Map.of(), List.of("127.0.0.1")))
            .snapshot();
    Compiled compiled = new Compiler(FILTERS).compile(snapshot, Compiled.NOTHING);
    return compiled.verdicts().entrySet().stream()
        .filter(entry -> !(entry.getValue() instanceof Verdict.Accepted))
        .map(Object::toString)
        .toList();
  }

  private Path file() {
    return directory.resolve("all.yaml");
  }

  private int validate(String text) throws IOException {
    Files.writeString(file(), text);
    Invocation validation = Invocation.of("validate", directory.toString());
    assertThat(validation.err()).isEmpty();
    out = validation.out();
    return validation.status();
  }
}
