package dev.weir.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.controlplane.status.Fleets;
import dev.weir.controlplane.status.ObjectStatus;
import dev.weir.controlplane.status.StatusBook;
import dev.weir.controlplane.status.StatusText;
import dev.weir.controlplane.translate.XdsYaml;
import dev.weir.core.problem.Problem;
import dev.weir.features.Features;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/**
 * End to end: each file in {@code src/test/golden} holds objects, then a line {@code --- #
 * expected}, then the xDS and status that come of them. A list of sections after that line ({@code
 * --- # expected: clusters, status}) leaves the others out. Problems are always shown.
 *
 * <p>{@code -Dgolden.update} rewrites the files; read the difference before you commit it.
 */
class GoldenTest {
  private static final Path DIRECTORY = Path.of("src/test/golden");
  private static final String EXPECTED = "--- # expected";
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void objectsBecomeWhatIsExpected(Path file) throws IOException {
    String text = Files.readString(file);
    int split = text.indexOf("\n" + EXPECTED) + 1;
    assertThat(split).as("place of '%s' in %s", EXPECTED, file).isPositive();
    int lineEnd = text.indexOf('\n', split);
    String input = text.substring(0, split);
    String sections = text.substring(split + EXPECTED.length(), lineEnd).replace(":", "").strip();

    String actual =
        text.substring(0, lineEnd + 1)
            + expectation(
                input, sections.isEmpty() ? Set.of() : Set.of(sections.split("\\s*,\\s*")));

    if (System.getProperty("golden.update") != null) {
      Files.writeString(file, actual);
    } else {
      assertThat(actual).isEqualTo(text);
    }
  }

  /** The expected part for an input, all sections if none is named. */
  private static String expectation(String input, Set<String> sections) {
    Load load =
        new Manifests(StandardTypes.ALL, InstantSource.fixed(NOW))
            .load(List.of(SourceText.of("input", input)));
    Translation translation =
        new Pipeline(Features.ALL)
            .translate(load.state(), new AddressAllocation(Map.of(), List.of()));

    Map<String, Object> out =
        new LinkedHashMap<>(new XdsYaml(Features.ALL).tree(translation.snapshot()));
    out.put("status", status(translation));
    if (!sections.isEmpty()) {
      assertThat(out.keySet()).containsAll(sections);
      out.keySet().retainAll(sections);
    }
    List<String> problems =
        Stream.concat(
                load.problems().stream(),
                load.located(translation.resolution().report().problems()).stream())
            .map(Problem::toString)
            .toList();
    if (!problems.isEmpty()) {
      out.put("problems", problems);
    }
    return new Dump(
            DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setIndicatorIndent(0)
                .setSplitLines(false)
                .build())
        .dumpToString(out);
  }

  /** Status by object, conditions as one line each, without dates. */
  private static Map<String, Object> status(Translation translation) {
    Map<String, Object> out = new LinkedHashMap<>();
    for (ObjectStatus status :
        new StatusBook(ResolveOptions.CONTROLLER_NAME)
            .write(
                translation.resolution().report(), Fleets.accepting(translation.gateways()), NOW)) {
      if (!status.object().kind().equals("GatewayClass")) {
        Object text = StatusText.document(status).get("status");
        out.put(status.object().toString(), brief(Objects.requireNonNull(text)));
      }
    }
    return out;
  }

  private static Object brief(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(GoldenTest::brief).toList();
    }
    if (!(value instanceof Map<?, ?> map)) {
      return value;
    }
    if (map.containsKey("observedGeneration")) {
      return "%s=%s %s: %s"
          .formatted(map.get("type"), map.get("status"), map.get("reason"), map.get("message"));
    }
    Map<Object, Object> out = new LinkedHashMap<>();
    map.forEach((key, each) -> out.put(key, brief(each)));
    out.remove("supportedKinds");
    out.remove("controllerName");
    return out;
  }
}
