package dev.weir.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The null check is alive: under the settings of all modules, build/canary does not compile. */
@DisabledIfSystemProperty(named = "fast", matches = ".*", disabledReason = "no checks to prove")
class CanaryTest {
  private static final Path CANARY = Path.of("..", "build", "canary");

  @TempDir private Path dir;

  @Test
  void nullAwayRefusesIt() throws Exception {
    Build build = compile();

    assertThat(build.exitStatus()).as(build.log()).isNotZero();
    assertThat(build.log())
        .contains("Canary.java")
        .contains("[NullAway] dereferenced expression 'text' is @Nullable");
  }

  @Test
  void withoutTheChecksItCompiles() throws Exception {
    Build build = compile("-Dfast");

    assertThat(build.exitStatus()).as(build.log()).isZero();
  }

  private record Build(int exitStatus, String log) {}

  /** Maven as it runs these tests, on what it has downloaded for them. */
  private Build compile(String... more) throws IOException, InterruptedException {
    Path log = dir.resolve("log");
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("maven.home"), "bin", "mvn").toString(),
                "--batch-mode",
                "--offline",
                "-Dmaven.repo.local=" + System.getProperty("maven.repo.local"),
                "-DcanaryTarget=" + dir.resolve("target"),
                "compile"));
    command.addAll(List.of(more));
    Process process =
        new ProcessBuilder(command)
            .directory(CANARY.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(50, TimeUnit.SECONDS)).as("ended in time").isTrue();
      return new Build(process.exitValue(), Files.readString(log));
    } finally {
      process.destroyForcibly();
    }
  }
}
