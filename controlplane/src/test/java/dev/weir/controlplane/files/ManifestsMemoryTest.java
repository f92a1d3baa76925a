package dev.weir.controlplane.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.decode.Decoded;
import dev.weir.controlplane.decode.ObjectDecoder;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Severity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is remembered from load to load must never show: random histories of files, against a reader
 * that looks at all texts each time.
 */
class ManifestsMemoryTest {
  private static final int LOADS = 150;

  private final Manifests manifests =
      new Manifests(StandardTypes.ALL, () -> Instant.parse("2026-01-01T00:00:00Z"));
  private final Map<String, String> expected = new TreeMap<>();
  private final Map<String, String> files = new TreeMap<>();
  private final Map<String, String> homes = new HashMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void histories(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < LOADS; i++) {
      edit(random);
      List<String> problems = expect();
      Load load =
          manifests.load(
              files.entrySet().stream()
                  .map(file -> SourceText.of(file.getKey(), file.getValue()))
                  .toList());
      String where = "seed %d, load %d, files %s".formatted(seed, i, files);
      assertThat(objects(load)).as(where).isEqualTo(expected);
      assertThat(load.problems().stream().map(ManifestsMemoryTest::text).sorted().toList())
          .as(where)
          .isEqualTo(problems);
      for (KubeObject<HttpRoute> route : load.state().objects(HttpRoute.TYPE)) {
        assertThat(place(load, route.ref()))
            .as(where)
            .isEqualTo(String.valueOf(places().get(route.ref())));
      }
    }
  }

  private static String text(Problem problem) {
    // The number of a generation is a matter of history.
    return problem.toString().replaceAll("generation \\d+", "generation");
  }

  private static Map<String, String> objects(Load load) {
    return new TreeMap<>(
        load.state().objects(HttpRoute.TYPE).stream()
            .collect(
                Collectors.toMap(r -> r.ref().toString(), r -> r.spec().hostnames().getFirst())));
  }

  private static String place(Load load, ObjectRef ref) {
    Problem problem = new Problem(Severity.WARNING, "X", "x", ref, "", null);
    return String.valueOf(load.located(List.of(problem)).getFirst().location());
  }

  /** Changes, adds or takes away a document or a file. */
  private void edit(Random random) {
    String name = "f%d.yaml".formatted(random.nextInt(3));
    List<String> documents =
        new ArrayList<>(List.of(files.getOrDefault(name, "").split("(?m)^(?=---$)")));
    documents.removeIf(String::isEmpty);
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(documents.size() + 1);
      switch (random.nextInt(6)) {
        case 0 -> {
          if (at < documents.size()) {
            documents.remove(at);
          }
        }
        case 1 -> {
          if (at < documents.size()) {
            documents.set(at, document(random));
          }
        }
        case 2 -> documents.add(at, "---\n# a remark\n");
        default -> documents.add(at, document(random));
      }
    }
    if (random.nextInt(12) == 0) {
      files.remove(name);
    } else {
      files.put(name, String.join("", documents));
    }
  }

  private static String document(Random random) {
    String host =
        switch (random.nextInt(8)) {
          case 0 -> "NOT A HOST";
          case 1 -> "[broken";
          default -> "h%d.example".formatted(random.nextInt(4));
        };
    return """
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: r%d}
    %sspec: {hostnames: [%s]}
    """
        .formatted(random.nextInt(6), "#\n".repeat(random.nextInt(2)), host);
  }

  /** What becomes of the files, by the rules and without memory but for the objects. */
  private List<String> expect() {
    List<String> problems = new ArrayList<>();
    Map<String, Decoded> first = new TreeMap<>();
    Map<String, Problem.Location> torn = new HashMap<>();
    Map<String, String> homesNow = new HashMap<>();
    for (Map.Entry<String, String> file : files.entrySet()) {
      for (Decoded decoded : decoded(file)) {
        decoded.problems().forEach(problem -> problems.add(problem.toString()));
        ObjectRef ref = decoded.ref();
        if (ref == null) {
          torn.putIfAbsent(file.getKey(), decoded.location());
          continue;
        }
        Decoded before = first.putIfAbsent(ref.toString(), decoded);
        homesNow.putIfAbsent(ref.toString(), file.getKey());
        if (before != null) {
          problems.add(
              "%s: %s: defined at %s already, which is used: remove one"
                  .formatted(decoded.location(), ref, before.location()));
        }
      }
    }
    for (String name : List.copyOf(expected.keySet())) {
      Decoded decoded = first.get(name);
      Problem.Location place =
          decoded != null
              ? decoded.content() == null ? decoded.location() : null
              : torn.get(homes.getOrDefault(name, ""));
      if (place != null) {
        problems.add(
            "%s: %s: the version read before (generation) stays in use until this is corrected"
                .formatted(place, name));
      } else {
        expected.remove(name);
      }
    }
    first.forEach((name, decoded) -> {
      if (decoded.content() != null) {
        expected.put(name, ((HttpRoute) decoded.content().spec()).hostnames().getFirst());
      }
    });
    homes.putAll(homesNow);
    return problems.stream().sorted().toList();
  }

  /** Where each object is defined first. */
  private Map<ObjectRef, String> places() {
    Map<ObjectRef, String> places = new HashMap<>();
    files.entrySet().stream()
        .flatMap(file -> decoded(file).stream())
        .filter(decoded -> decoded.ref() != null)
        .forEach(decoded -> places.putIfAbsent(decoded.ref(), decoded.location().toString()));
    return places;
  }

  private static List<Decoded> decoded(Map.Entry<String, String> file) {
    return new ObjectDecoder(StandardTypes.ALL)
        .decode(SourceText.of(file.getKey(), file.getValue()));
  }
}
