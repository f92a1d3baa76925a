package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A program of this machine that is not ours. */
final class Program {
  private static final int PATIENCE_SECONDS = 50;

  private final String name;
  private final Path file;
  private final Map<String, String> environment;

  private Program(String name, Path file, Map<String, String> environment) {
    this.name = name;
    this.file = file;
    this.environment = environment;
  }

  /** The program of that name; skips the test where there is none. */
  static Program needed(String name) {
    Path file = find(name);
    assumeTrue(file != null, () -> name + " is not installed; .ci/run installs it");
    return new Program(name, Objects.requireNonNull(file), Map.of());
  }

  private static @Nullable Path find(String name) {
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Stream.concat(Stream.of(path.split(File.pathSeparator)), Stream.of("/usr/sbin"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  /** The same with one more variable. */
  Program withEnvironment(String variable, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(variable, value);
    return new Program(name, file, more);
  }

  /** How a run ended. */
  record Run(int exitStatus, String output, String errors) {
    /** The output of a run that must have succeeded. */
    String succeeded() {
      assertThat(exitStatus).as("exit status; %s%s", errors, output).isZero();
      return output;
    }
  }

  /** Runs it to its end. */
  Run run(String... arguments) throws IOException, InterruptedException {
    return run(List.of(arguments));
  }

  /** The same with a file as standard input. */
  Run run(Path input, String... arguments) throws IOException, InterruptedException {
    return run(input.toFile(), List.of(arguments));
  }

  Run run(List<String> arguments) throws IOException, InterruptedException {
    return run(new File("/dev/null"), arguments);
  }

  private Run run(File input, List<String> arguments) throws IOException, InterruptedException {
    Path output = Files.createTempFile("output", null);
    Path errors = Files.createTempFile("errors", null);
    try {
      Process process =
          command(arguments)
              .redirectInput(input)
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile())
              .start();
      try {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
            .as(() -> name + " ended in time: " + arguments)
            .isTrue();
      } finally {
        process.destroyForcibly();
      }
      return new Run(process.exitValue(), Files.readString(output), Files.readString(errors));
    } finally {
      Files.delete(output);
      Files.delete(errors);
    }
  }

  /** Starts it, to run until closed; what it says goes into {@code log}. */
  Running start(Path log, String... arguments) throws IOException {
    Process process =
        command(List.of(arguments)).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return new Running(process, log);
  }

  private ProcessBuilder command(List<String> arguments) {
    List<String> words = new ArrayList<>();
    words.add(file.toString());
    words.addAll(arguments);
    ProcessBuilder command = new ProcessBuilder(words);
    command.environment().putAll(environment);
    return command;
  }

  /** A program that runs in the background. */
  record Running(Process process, Path log) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      process.destroy();
      try {
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
