package dev.weir.controller;

import dev.weir.conformance.CaseResult;
import dev.weir.conformance.Conformance;
import dev.weir.conformance.RunNetwork;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * The cases in a process of its own and in a network namespace of its own, in which pods have
 * addresses that are not those of loopback: real API servers refuse those in EndpointSlices.
 */
final class CasesInNamespace implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Begins the lines that are results; others may write, too. */
  private static final String RESULT = "case result: ";

  /**
   * All of 10.0.0.0/8 belongs to the namespace, and it has a default route, which kube-apiserver
   * asks for.
   */
  private static final String SET_UP =
      "ip link set lo up && ip addr add 10.255.255.1/32 dev lo"
          + " && ip route add local 10.0.0.0/8 dev lo && ip route add default dev lo";

  private final Process process;

  private CasesInNamespace(Process process) {
    this.process = process;
  }

  private static List<String> inNamespace(String command) {
    return List.of("unshare", "--net", "--map-root-user", "sh", "-c", SET_UP + " && " + command);
  }

  /** Whether this machine lets its users make network namespaces. */
  static boolean possible() throws InterruptedException {
    try {
      Process probe =
          new ProcessBuilder(inNamespace("true"))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!probe.waitFor(10, TimeUnit.SECONDS)) {
        probe.destroyForcibly();
        return false;
      }
      return probe.exitValue() == 0;
    } catch (IOException noUnshare) {
      return false;
    }
  }

  /** Starts a run; its log goes to {@code work}. */
  static CasesInNamespace start(Path data, Path work) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            inNamespace(
                "exec \"$JAVA\" -Xmx1g --enable-native-access=ALL-UNNAMED"
                    + " --sun-misc-unsafe-memory-access=allow"
                    + " dev.weir.controller.CasesInNamespace \"$DATA\" \"$WORK\""));
    builder.environment().put("JAVA", Path.of(System.getProperty("java.home"), "bin/java") + "");
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put("DATA", data.toAbsolutePath().toString());
    builder.environment().put("WORK", work.toAbsolutePath().toString());
    builder.redirectError(work.resolve("cases.log").toFile());
    return new CasesInNamespace(builder.start());
  }

  /** The results, each when its case has ended. */
  Stream<CaseResult> results() {
    BufferedReader lines = process.inputReader();
    return lines
        .lines()
        .filter(line -> line.startsWith(RESULT))
        .map(line -> JSON.readValue(line.substring(RESULT.length()), CaseResult.class));
  }

  /** Whether it ran to its end. */
  boolean ended() throws InterruptedException {
    return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** Runs all cases of a folder; logs and the like go to a second one. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path work = Path.of(args[1]);
    try (Conformance conformance =
        Conformance.start(
            Path.of(args[0]),
            RunNetwork.Range.PODS,
            (directory, pool) -> ControllerUnderTest.start(directory, work, pool))) {
      for (String name : conformance.names()) {
        System.out.println(RESULT + JSON.writeValueAsString(conformance.run(name)));
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    System.exit(0);
  }
}
