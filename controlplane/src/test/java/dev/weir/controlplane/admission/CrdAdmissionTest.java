package dev.weir.controlplane.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.admission.ApiServer.Refusal;
import dev.weir.controlplane.decode.Decoded;
import dev.weir.controlplane.decode.ObjectDecoder;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Severity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Weir refuses what a cluster refuses, and says at which field: tens of thousands of objects, for
 * every constraint of the CRDs some that break it and some that just keep it, are shown to Weir and
 * to what an API server would do with them. The latter is made of foreign parts: a JSON schema
 * validator and an implementation of CEL, fed with the CRDs themselves.
 */
class CrdAdmissionTest {
  private static final ObjectDecoder DECODER = new ObjectDecoder(StandardTypes.ALL);
  private static final int RANDOM = 500;

  /** What Weir refuses and a cluster does not, on purpose; by the path of the finding. */
  private static final Pattern STRICTER =
      Pattern.compile(
          // A selector with a misspelt operator selects nothing, silently.
          ".*\\.matchExpressions\\[\\d+]\\.operator"
              // An API server drops entries without a value, silently.
              + "|.*\\.(labels|annotations|matchLabels|options)\\[[^]]*]"
              + "|.*\\.(podLabels|podAnnotations|requests|limits)\\[[^]]*]"
              // The only number without an upper limit of its own.
              + "|.*\\.retry\\.attempts");

  /** Constraints that no object can break alone or at all. */
  private static final Set<String> UNBREAKABLE =
      Set.of(
          // Compares with the object of before; in a file an object is what it is.
          "spec.controllerName rule field is immutable",
          // Only certain words do: see upgradesToHttp2AreRefused().
          "spec.http rule upgrades to HTTP/2",
          // What is no such type breaks the enumeration already.
          "spec.rules[].matches[].path rule type must be one of ['Exact', 'PathPrefix',"
              + " 'RegularExpression']");

  /** Limits at which nothing can be, because another constraint is tighter. */
  private static final Pattern OUT_OF_REACH =
      Pattern.compile(
          ".*(\\.uri|\\.wellKnownCACertificates|\\.controllerName|\\.type|\\.allowOrigins\\[])"
              + " minLength"
              + "|.*\\.numerator int32");

  /** Constraints of the first versions of TLSRoute, TCPRoute and UDPRoute that later ones lack. */
  private static final Set<String> OF_A_VERSION =
      Set.of("spec required hostnames", "spec.hostnames minItems", "spec.rules maxItems");

  static List<Crd> kinds() throws IOException {
    return Crd.all();
  }

  static List<Crd> ownKinds() throws IOException {
    return Crd.own();
  }

  private final List<String> differences = new ArrayList<>();
  private final Set<String> unreached = new TreeSet<>();
  private int refused;
  private int accepted;

  /** The other way round: what Weir refuses, a cluster refuses by Weir's own CRDs. */
  @ParameterizedTest
  @MethodSource("ownKinds")
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void aClusterRefusesWhatWeirRefuses(Crd crd) throws IOException {
    agree(crd);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void refusesWhatAClusterRefuses(Crd crd) throws IOException {
    agree(crd);
    assertThat(unreached)
        .as("limits that nothing reaches")
        .allMatch(edge -> OUT_OF_REACH.matcher(edge).matches());
  }

  private void agree(Crd crd) throws IOException {
    ApiServer server = new ApiServer(crd);
    List<JsonNode> sound = crd.objects(soundSpecs(crd), crd.versions().getFirst());
    for (JsonNode object : sound) {
      assertThat(server.admit(object)).as(object.toString()).isEmpty();
    }
    Mutations mutations = new Mutations(crd.schema(), sound);
    mutate(sound, mutations, crd, server);
    mutateAtRandom(sound, mutations, crd, server);

    System.out.printf(
        "%s: of %d objects %d are refused, by %d constraints%n",
        crd, refused + accepted, refused, server.broken().size());
    assertThat(differences).as(differences.size() + " differences").isEmpty();
    assertThat(server.constraints())
        .as("constraints that no object breaks")
        .filteredOn(constraint -> !server.broken().contains(constraint))
        .allMatch(constraint -> UNBREAKABLE.stream().anyMatch(constraint::startsWith));
    Set<String> kept = new HashSet<>();
    sound.forEach(object -> kept.addAll(server.constraints(object)));
    assertThat(server.constraints()).as("constraints that an object keeps").isSubsetOf(kept);
  }

  @ParameterizedTest
  @ValueSource(strings = {"h2c", "H2C", "HTTP/2", "http/2.0"})
  void upgradesToHttp2AreRefused(String protocol) throws IOException {
    Crd crd =
        Crd.own().stream()
            .filter(each -> each.kind().equals("GatewayParameters"))
            .findFirst()
            .orElseThrow();
    JsonNode object =
        crd.objects("spec: {http: {upgrades: [%s]}}".formatted(protocol), "v1alpha1").getFirst();

    compare(protocol, object, crd, "v1alpha1", new ApiServer(crd).admit(object), false);
    assertThat(differences).isEmpty();
    assertThat(refused).isEqualTo(1);
  }

  private void mutate(List<JsonNode> sound, Mutations mutations, Crd crd, ApiServer server) {
    Set<JsonNode> seen = new HashSet<>();
    Set<String> reached = new HashSet<>();
    int versions = crd.versions().size();
    for (JsonNode object : sound) {
      mutations.of(
          object,
          mutant -> {
            boolean fresh = seen.add(mutant.object());
            if (!fresh && mutant.edge().isEmpty()) {
              return;
            }
            List<Refusal> refusals = server.admit(mutant.object());
            if (!mutant.edge().isEmpty()) {
              (refusals.isEmpty() ? reached : unreached).add(mutant.edge());
            }
            // The versions share the schema, and in Weir the code: some objects will do.
            for (String version : crd.versions().subList(0, seen.size() % 16 == 0 ? versions : 1)) {
              compare(mutant.what(), mutant.object(), crd, version, refusals, false);
            }
          });
    }
    unreached.removeAll(reached);
  }

  private void mutateAtRandom(
      List<JsonNode> sound, Mutations mutations, Crd crd, ApiServer server) {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < RANDOM; i++) {
      JsonNode object = mutations.random(sound.get(random.nextInt(sound.size())), random);
      compare("random " + i, object, crd, crd.versions().getFirst(), server.admit(object), true);
    }
  }

  /**
   * Asks Weir as well.
   *
   * @param several whether much may be wrong at once: then one may hide another
   */
  private void compare(
      String what,
      JsonNode object,
      Crd crd,
      String version,
      List<Refusal> refusals,
      boolean several) {
    Written written = new Written(crd.in(version, object));
    Decoded decoded = DECODER.decode(SourceText.of("f.yaml", written.text())).getFirst();
    List<Problem> errors =
        decoded.problems().stream()
            .filter(problem -> problem.severity() == Severity.ERROR)
            .filter(problem -> !STRICTER.matcher(problem.path()).matches() || !refusals.isEmpty())
            .toList();
    if (refusals.isEmpty()) {
      accepted++;
    } else {
      refused++;
    }
    List<String> wrong = new ArrayList<>();
    if (refusals.isEmpty() != errors.isEmpty()) {
      wrong.add(refusals.isEmpty() ? "refused" : "not refused");
    }
    for (Refusal refusal : refusals) {
      boolean later = OF_A_VERSION.contains(refusal.constraint()) && refusals.size() > 1;
      if (!later
          && !several
          && errors.stream().noneMatch(error -> isWithin(error.path(), refusal.at().text()))) {
        wrong.add("no finding at " + refusal.at());
      }
    }
    for (Problem error : errors) {
      if (!several
          && !STRICTER.matcher(error.path()).matches()
          && refusals.stream().noneMatch(refusal -> isWithin(error.path(), refusal.at().text()))) {
        wrong.add("only Weir has a finding at " + error.path());
      }
      int line = Objects.requireNonNull(error.location()).line();
      if (!written.lines(error.path()).contains(line)) {
        wrong.add("line " + line + ", not " + written.lines(error.path()));
      }
      if (error.message().isBlank()) {
        wrong.add("no message");
      }
    }
    if (!wrong.isEmpty()) {
      differences.add("%s: %s%n cluster: %s%n Weir: %s%n".formatted(what, wrong, refusals, errors));
    }
  }

  private static boolean isWithin(String path, String other) {
    return path.equals(other) || path.startsWith(other + ".") || path.startsWith(other + "[");
  }

  private static String soundSpecs(Crd crd) throws IOException {
    String name = "/admission/" + crd.kind() + ".yaml";
    try (InputStream in = CrdAdmissionTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
