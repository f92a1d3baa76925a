package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.conformance.CaseResult;
import dev.weir.conformance.Conformance;
import dev.weir.conformance.RunNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Gateway API cases that lie beside the repository, once more: through an API server, a
 * controller and two proxies. One that passes in one process must pass here.
 */
@Timeout(240)
class ControllerCasesTest {
  private static final Path DATA = Path.of("../../shared/gateway-api");

  @TempDir private static Path work;

  private static @Nullable AutoCloseable running;

  @TestFactory
  Stream<DynamicTest> cases(TestReporter reporter) throws IOException, InterruptedException {
    Path data = Conformance.data(DATA);
    assumeTrue(data != null, () -> "no Gateway API cases: there is no " + DATA.normalize());
    boolean namespace = CasesInNamespace.possible();
    reporter.publishEntry(
        "addresses of pods",
        namespace
            ? "10.0.0.0/8 in a network namespace"
            : "loopback: this user may not make network namespaces, or unshare or ip is missing");
    return namespace ? inNamespace(data) : onLoopback(data);
  }

  private static Stream<DynamicTest> inNamespace(Path data) throws IOException {
    CasesInNamespace run = CasesInNamespace.start(data, work);
    running = run;
    AtomicInteger seen = new AtomicInteger();
    return Stream.concat(
        run.results()
            .peek(result -> seen.incrementAndGet())
            .map(result -> DynamicTest.dynamicTest(result.name(), () -> passes(result))),
        Stream.of(
            DynamicTest.dynamicTest(
                "allWereRun",
                () -> {
                  assertThat(run.ended()).as(() -> log()).isTrue();
                  assertThat(seen.get()).isEqualTo(Conformance.cases(data).size());
                })));
  }

  private static String log() {
    try {
      return Files.readString(work.resolve("cases.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static Stream<DynamicTest> onLoopback(Path data)
      throws IOException, InterruptedException {
    Conformance started =
        Conformance.start(
            data,
            RunNetwork.Range.LOOPBACK,
            (directory, pool) -> ControllerUnderTest.start(directory, work, pool));
    running = started;
    return started.names().stream()
        .map(name -> DynamicTest.dynamicTest(name, () -> passes(started.run(name))));
  }

  private static void passes(CaseResult result) {
    switch (result.verdict()) {
      case PASS -> {}
      case SKIP -> fail("skipped: " + result.reason());
      case FAIL ->
          fail(
              result.failures().stream()
                  .map(CaseResult.Failure::toString)
                  .collect(Collectors.joining("\n")));
    }
  }

  @AfterAll
  static void stop() throws Exception {
    if (running != null) {
      running.close();
    }
  }
}
