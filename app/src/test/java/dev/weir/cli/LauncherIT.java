package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./weir} on the jars that this build has just made. */
class LauncherIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir private Path dir;

  @BeforeAll
  static void packaged() {
    assertThat(ROOT.resolve("app/target/weir.jar")).exists();
  }

  @Test
  void startsFromAnywhereAndByALink() throws Exception {
    Path link = Files.createSymbolicLink(dir.resolve("weir"), ROOT.resolve("weir"));

    Run run = run(new ProcessBuilder(link.toString(), "--version"));
    Files.delete(link);

    assertThat(run.exitStatus()).as(run.errors()).isZero();
    assertThat(run.output()).startsWith("weir ");
    // Neither a build, for nothing has changed, nor a warning of the JVM.
    assertThat(run.errors()).isEmpty();
  }

  @Test
  void passesTheExitStatusOn() throws Exception {
    Run run = run(new ProcessBuilder(ROOT.resolve("weir").toString(), "--no-such-option"));

    assertThat(run.exitStatus()).isEqualTo(2);
    assertThat(run.errors()).contains("--no-such-option");
  }

  @Test
  void addsTheFlagsOfTheUser() throws Exception {
    var command = new ProcessBuilder(ROOT.resolve("weir").toString(), "--version");
    command.environment().put("WEIR_JAVA_OPTS", "-Xmx100m -Xlog:gc+init");

    Run run = run(command);

    assertThat(run.output()).contains("Heap Max Capacity: 100M");
  }

  /** So that temporary files need not be executable: Netty would write its libraries there. */
  @Test
  void loadsNativeLibrariesFromBesideTheJars() throws Exception {
    var command = new ProcessBuilder(ROOT.resolve("weir").toString(), "rehearse");
    command.environment().put("WEIR_JAVA_OPTS", "-Xlog:library=info");

    Run run = run(command);

    assertThat(run.exitStatus()).as(run.errors()).isZero();
    assertThat(run.output().lines().filter(line -> line.contains("libnetty")))
        .hasSizeGreaterThanOrEqualTo(2)
        .allSatisfy(line -> assertThat(line).contains(" " + ROOT.resolve("app/target/lib") + "/"));
  }

  private record Run(int exitStatus, String output, String errors) {}

  private Run run(ProcessBuilder command) throws IOException, InterruptedException {
    Path output = dir.resolve("output");
    Path errors = dir.resolve("errors");
    Process process =
        command
            .directory(dir.toFile())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ended in time").isTrue();
      return new Run(process.exitValue(), Files.readString(output), Files.readString(errors));
    } finally {
      process.destroyForcibly();
    }
  }
}
