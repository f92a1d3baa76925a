package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.conformance.CaseResult;
import dev.weir.conformance.Conformance;
import dev.weir.conformance.RunNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The Gateway API cases that lie beside the repository, each as a test. */
class GatewayApiCasesTest {
  private static final Path DATA = Path.of("../../shared/gateway-api");

  private static @Nullable Conformance conformance;

  @TestFactory
  Stream<DynamicTest> cases() throws IOException, InterruptedException {
    Path data = Conformance.data(DATA);
    assumeTrue(data != null, () -> "no Gateway API cases: there is no " + DATA.normalize());
    Conformance started =
        Conformance.start(data, RunNetwork.Range.LOOPBACK, StandaloneUnderTest::start);
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
