package dev.weir.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A run over a folder of cases: one gateway, the shared manifests once, then case after case. Close
 * it when done.
 */
public final class Conformance implements AutoCloseable {
  private static final Pattern CONFIG_MAP =
      Pattern.compile("\\{\\{configmap ([^/]+)/(\\S+) key (\\S+)\\}\\}");

  private final Manifests manifests;
  private final List<CaseFile> cases;
  private final World world;
  private final Map<ObjectKey, ObjectNode> base;

  /** What is to be closed, the last first. */
  private final Deque<AutoCloseable> opened;

  private Conformance(
      Manifests manifests, List<CaseFile> cases, World world, Deque<AutoCloseable> opened) {
    this.manifests = manifests;
    this.cases = cases;
    this.world = world;
    this.opened = opened;
    this.base = world.cluster().checkpoint();
  }

  /**
   * Starts a gateway and the backends of the shared manifests.
   *
   * @param data folder with {@code cases} and {@code manifests}
   * @param range where both have their addresses
   * @throws IOException if a case cannot be read or something does not start
   */
  public static Conformance start(
      Path data, RunNetwork.Range range, GatewayUnderTest.Launcher launcher)
      throws IOException, InterruptedException {
    List<CaseFile> cases = CaseFile.readAll(data.resolve("cases"));
    var manifests = new Manifests(data.resolve("manifests"));
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      World world = world(manifests, range, launcher, opened);
      readFeatures(world);
      return new Conformance(manifests, cases, world, opened);
    } catch (IOException | RuntimeException | InterruptedException e) {
      closeAll(opened);
      throw e;
    }
  }

  private static World world(
      Manifests manifests,
      RunNetwork.Range range,
      GatewayUnderTest.Launcher launcher,
      Deque<AutoCloseable> opened)
      throws IOException {
    Path directory = Files.createTempDirectory("weir-conformance");
    opened.push(() -> deleteTree(directory));
    Path watched = Files.createDirectory(directory.resolve("objects"));
    Path spool = Files.createDirectory(directory.resolve("spool"));
    RunNetwork network = RunNetwork.claim(range);
    opened.push(network);
    var pods = new Pods(network);
    opened.push(pods);
    var requester = new Requester();
    opened.push(requester);
    var cluster = new Cluster(watched, spool, pods);
    List<ObjectNode> objects = new ArrayList<>(Certificates.create());
    objects.add(gatewayClass());
    objects.addAll(
        manifests.read(Manifests.BASE, text -> placeholders(text, "", network, cluster)));
    cluster.apply(objects);
    GatewayUnderTest gateway = launcher.start(watched, network.gatewayPool());
    opened.push(gateway);
    return new World(network, cluster, pods, gateway, requester, new TreeSet<>(), Limits.DEFAULT);
  }

  private static ObjectNode gatewayClass() {
    ObjectNode type = Json.MAPPER.createObjectNode();
    type.put("apiVersion", "gateway.networking.k8s.io/v1").put("kind", "GatewayClass");
    type.putObject("metadata").put("name", World.GATEWAY_CLASS);
    type.putObject("spec").put("controllerName", World.CONTROLLER);
    return type;
  }

  private static void readFeatures(World world) throws InterruptedException, IOException {
    try {
      Eventually.once(
          world.limits().status(),
          () -> {
            JsonNode type = world.object("GatewayClass", new Ref(null, World.GATEWAY_CLASS));
            type.path("status")
                .path("supportedFeatures")
                .forEach(feature -> world.claimed().add(feature.path("name").asString()));
            return world.claimed().isEmpty()
                ? List.of("the status of the GatewayClass names no supported features")
                : List.of();
          });
    } catch (StepFailure e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** The features that the gateway claims. */
  public Set<String> claimed() {
    return new TreeSet<>(world.claimed());
  }

  /**
   * The names of the cases in a folder, in order.
   *
   * @throws IOException if one cannot be read
   */
  public static List<String> cases(Path data) throws IOException {
    return CaseFile.readAll(data.resolve("cases")).stream().map(CaseFile::shortName).toList();
  }

  /** The names of all cases, in order. */
  public List<String> names() {
    return cases.stream().map(CaseFile::shortName).toList();
  }

  /**
   * Runs one case and takes its objects away again.
   *
   * @throws IllegalArgumentException if there is no such case
   */
  public CaseResult run(String name) throws InterruptedException {
    CaseFile file =
        cases.stream()
            .filter(one -> one.shortName().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("there is no case " + name));
    List<String> unclaimed =
        file.features().stream().filter(feature -> !world.claimed().contains(feature)).toList();
    if (!unclaimed.isEmpty()) {
      return new CaseResult(
          name, CaseResult.Verdict.SKIP, 0, "needs " + String.join(", ", unclaimed), List.of());
    }
    long start = System.nanoTime();
    List<CaseResult.Failure> failures = play(file);
    long millis = (System.nanoTime() - start) / 1_000_000;
    return failures.isEmpty()
        ? new CaseResult(name, CaseResult.Verdict.PASS, millis, "", List.of())
        : new CaseResult(
            name, CaseResult.Verdict.FAIL, millis, failures.getFirst().toString(), failures);
  }

  private List<CaseResult.Failure> play(CaseFile file) throws InterruptedException {
    try {
      List<ObjectNode> objects = new ArrayList<>();
      for (String manifest : file.manifests()) {
        if (!manifest.equals(Manifests.BASE)) {
          objects.addAll(manifests.read(manifest, text -> placeholders(text, file.shortName())));
        }
      }
      world.cluster().apply(objects);
      return new CaseRun(world).take(file.steps(text -> placeholders(text, file.shortName())));
    } catch (IOException | RuntimeException e) {
      return List.of(new CaseResult.Failure("set-up", "", file.shortName(), e.toString()));
    } finally {
      restore();
    }
  }

  private void restore() {
    try {
      world.cluster().restore(base);
    } catch (IOException e) {
      throw new IllegalStateException("the objects of a case cannot be taken away", e);
    }
  }

  private String placeholders(String text, String test) {
    return placeholders(text, test, world.network(), world.cluster());
  }

  private static String placeholders(
      String text, String test, RunNetwork network, Cluster cluster) {
    String replaced =
        text.replace("{GATEWAY_CLASS_NAME}", World.GATEWAY_CLASS)
            .replace("{GATEWAY_CONTROLLER_NAME}", World.CONTROLLER)
            .replace("{{controllerName}}", World.CONTROLLER)
            .replace("{{testName}}", test)
            .replace("PLACEHOLDER_USABLE_ADDRS", network.usableAddress())
            .replace("PLACEHOLDER_UNUSABLE_ADDRS", network.unusableAddress())
            .replace("the value of the test/fake-invalid-type address", "fake address teehee!");
    return CONFIG_MAP
        .matcher(replaced)
        .replaceAll(reference ->
            Matcher.quoteReplacement(
                cluster.material(
                    new Pem(
                        "ConfigMap",
                        Objects.requireNonNull(reference.group(1)),
                        Objects.requireNonNull(reference.group(2)),
                        Objects.requireNonNull(reference.group(3))))));
  }

  /** Stops the gateway and the backends and removes the files. */
  @Override
  public void close() throws IOException {
    closeAll(opened);
  }

  private static void closeAll(Deque<AutoCloseable> opened) throws IOException {
    var failure = new IOException("the run did not end cleanly");
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        failure.addSuppressed(e);
      }
    }
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** {@code candidate} if it has cases and manifests, else null. */
  public static @Nullable Path data(Path candidate) {
    return Files.isDirectory(candidate.resolve("cases"))
            && Files.isDirectory(candidate.resolve("manifests"))
        ? candidate
        : null;
  }
}
