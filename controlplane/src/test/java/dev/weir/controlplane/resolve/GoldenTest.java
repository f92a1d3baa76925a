package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.controlplane.status.Fleets;
import dev.weir.controlplane.status.ObjectStatus;
import dev.weir.controlplane.status.StatusBook;
import dev.weir.controlplane.status.StatusText;
import dev.weir.controlplane.translate.Translator;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.core.xds.XdsSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Objects in, topology, status and findings out. Each file of {@code src/test/resources/resolve}
 * has the objects, and after a line of {@code =} what is expected of them; {@code
 * -Dgolden.write=true} writes the second part anew. The objects of {@code resolve-common.yaml} are
 * there too. Every resource counts as applied by a proxy.
 */
class GoldenTest {
  private static final Path FOLDER = Path.of("src/test/resources/resolve");
  static final Path COMMON = Path.of("src/test/resources/resolve-common.yaml");
  static final String LINE = "=".repeat(80) + "\n";
  private static final String FEATURES = "# features: ";
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  static Stream<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void resolves(Path file) throws IOException {
    String text = Files.readString(file);
    int line = text.indexOf(LINE);
    String input = line < 0 ? text : text.substring(0, line);
    String actual = input + outcome(input);

    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(file, actual);
    }
    assertThat(actual).isEqualTo(Files.readString(file));
  }

  private static String outcome(String input) throws IOException {
    Load load =
        new Manifests(StandardTypes.ALL, () -> NOW)
            .load(
                List.of(
                    SourceText.of("common.yaml", Files.readString(COMMON)),
                    SourceText.of("in.yaml", input)));
    assertThat(load.problems()).isEmpty();
    ClusterState state = load.state();

    Resolution resolution = new Resolver().resolve(state, options(input));
    Map<ObjectRef, XdsSnapshot> snapshots =
        new Translator(List.of(new KnownFilters()))
            .translate(resolution.topology(), new ServiceEndpoints(state)::of);
    StatusBook book = new StatusBook(ResolveOptions.CONTROLLER_NAME);

    StringBuilder out = new StringBuilder(LINE);
    out.append(TopologyText.of(resolution.topology())).append(LINE);
    List<ObjectStatus> statuses = book.write(resolution.report(), Fleets.accepting(snapshots), NOW);
    out.append(StatusText.yaml(statuses.stream().filter(GoldenTest::isOfTheFile).toList()));
    if (!resolution.report().problems().isEmpty()) {
      out.append(LINE);
      for (Problem problem : load.located(resolution.report().problems())) {
        out.append(problem.severity()).append(' ').append(problem.reason()).append(' ');
        out.append(problem).append('\n');
      }
    }
    return out.toString();
  }

  /** Not that of the class in the common file. */
  private static boolean isOfTheFile(ObjectStatus status) {
    return !status.object().toString().equals("GatewayClass/weir");
  }

  /** A comment {@code # features: A, B} claims features beside the few that all files need. */
  private static ResolveOptions options(String input) {
    Set<String> features = new HashSet<>(Set.of("Gateway", "HTTPRoute", "ReferenceGrant"));
    input
        .lines()
        .filter(line -> line.startsWith(FEATURES))
        .forEach(line -> features.addAll(List.of(line.substring(FEATURES.length()).split(", "))));
    return States.options(features.toArray(String[]::new));
  }
}
