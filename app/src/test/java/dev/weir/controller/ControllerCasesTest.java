package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.conformance.CaseResult;
import dev.weir.conformance.Conformance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
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

  private static @Nullable Conformance conformance;

  @TestFactory
  Stream<DynamicTest> cases() throws IOException, InterruptedException {
    Path data = Conformance.data(DATA);
    assumeTrue(data != null, () -> "no Gateway API cases: there is no " + DATA.normalize());
    Conformance started =
        Conformance.start(
            data, (directory, pool) -> ControllerUnderTest.start(directory, work, pool));
    conformance = started;
    assertThat(started.claimed()).contains("Gateway", "HTTPRoute", "ReferenceGrant");
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
  static void stop() throws IOException {
    if (conformance != null) {
      conformance.close();
    }
  }
}
