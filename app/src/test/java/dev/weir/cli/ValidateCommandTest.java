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
import java.io.PrintWriter;
import java.io.StringWriter;
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
import picocli.CommandLine;

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

  private static final List<HttpFilterType<?, ?>> FILTERS =
      Features.ALL.stream()
          .<HttpFilterType<?, ?>>flatMap(feature -> feature.httpFilters().stream())
          .toList();

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();

  @Test
  void soundConfigurationIsNoCauseForWords() throws IOException {
    assertThat(validate("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")).isZero();
    assertThat(out.toString()).isEmpty();
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
    assertThat(out.toString())
        .isEqualTo(
            file()
                + ":5: HTTPRoute/default/shop: spec.hostnames[0]: expected a lower-case host name"
                + " such as shop.example.com or *.example.com, found 'Shop.example'\n");
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
    List<Exception> thrown = new ArrayList<>();
    int status =
        new CommandLine(new Main())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(out))
            .setExecutionExceptionHandler((e, commandLine, parsed) -> {
              thrown.add(e);
              return 2;
            })
            .execute("validate", directory.toString());
    assertThat(thrown).isEmpty();
    return status;
  }
}
