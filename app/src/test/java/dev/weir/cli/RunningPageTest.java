package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** docs/running.md and docs/proxy.md say what the commands say of themselves. */
class RunningPageTest {
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([^`]+)` \\| (.*?) \\|");
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]+");

  private static String page(String name) throws IOException {
    return Files.readString(Path.of("../docs/" + name + ".md"));
  }

  private static String page() throws IOException {
    return page("running");
  }

  private static String section(String page, String heading) {
    int start = page.indexOf("\n## " + heading + "\n");
    assertThat(start).as(heading).isPositive();
    int end = page.indexOf("\n## ", start + 1);
    return end < 0 ? page.substring(start) : page.substring(start, end);
  }

  private static List<OptionSpec> options(CommandLine command) {
    return command.getCommandSpec().options().stream()
        .filter(option -> !option.usageHelp() && !option.versionHelp())
        .toList();
  }

  private static CommandLine command(String name) {
    return Objects.requireNonNull(Main.commandLine().getSubcommands().get(name), name);
  }

  @ParameterizedTest
  @CsvSource({"run, running", "proxy, proxy", "controller, controller"})
  void optionsAreAllThereWithTheirDefaults(String command, String page) throws IOException {
    Map<String, String> documented = new TreeMap<>();
    ROW.matcher(section(page(page), "Options of `" + command + "`"))
        .results()
        .forEach(row -> documented.put(row.group(1), row.group(2).replace("`", "")));
    Map<String, String> actual = new TreeMap<>();
    for (OptionSpec option : options(command(command))) {
      String name = option.longestName();
      String value = option.defaultValue();
      // What is not a constant is told in words.
      actual.put(name, value == null ? String.valueOf(documented.get(name)) : value);
    }
    assertThat(documented).isEqualTo(actual);
  }

  @Test
  void commandsAreAllThereWithTheirExitStatus() throws IOException {
    String section = section(page(), "Commands");
    Map<String, CommandLine> commands = new TreeMap<>(Main.commandLine().getSubcommands());
    commands.values().removeIf(command -> command.getCommandSpec().usageMessage().hidden());
    List<String> rows = section.lines().filter(line -> line.startsWith("| `weir ")).toList();
    assertThat(rows.stream().map(row -> row.split("[` ]+")[2]))
        .containsExactlyInAnyOrderElementsOf(commands.keySet());
    for (String row : rows) {
      CommandLine command = command(row.split("[` ]+")[2]);
      for (String status : command.getCommandSpec().usageMessage().exitCodeList().keySet()) {
        assertThat(status.equals("2") ? "ends with status 2" : row)
            .as("%s in %s", status, row)
            .containsPattern("\\b" + status + "\\b");
      }
    }
    List<String> others = new ArrayList<>();
    commands.forEach((name, command) -> {
      // Those have tables of their own.
      if (!List.of("run", "proxy", "controller").contains(name)) {
        options(command).forEach(option -> others.add(option.longestName()));
      }
    });
    assertThat(section).contains(others);
  }

  /** No page and no example names an option that there is not. */
  @Test
  void optionsInTextExist() throws IOException {
    List<String> known = new ArrayList<>(List.of("--help"));
    Main.commandLine()
        .getSubcommands()
        .values()
        .forEach(command -> options(command).forEach(option -> known.add(option.longestName())));
    String text = page() + page("proxy") + page("controller");
    assertThat(OPTION.matcher(text).results().map(MatchResult::group).distinct()).isSubsetOf(known);
  }

  @Test
  void theUnitIsOneForSystemd(@TempDir Path dir) throws Exception {
    String page = page();
    int start = page.indexOf("```ini\n") + "```ini\n".length();
    String unit = page.substring(start, page.indexOf("```", start));
    String execution =
        unit.lines().filter(line -> line.startsWith("ExecStart=")).findFirst().orElseThrow();
    // As ./weir starts the JVM.
    assertThat(execution)
        .contains(
            " @/opt/weir/jvm.options -Djava.library.path=/opt/weir/lib"
                + " -XX:AOTCache=/opt/weir/weir.aot -jar /opt/weir/weir.jar ");
    String command = execution.substring(execution.indexOf("weir.jar ") + "weir.jar ".length());
    assertThat(Main.commandLine().parseArgs(command.split(" ")).errors()).isEmpty();

    Path systemd = Path.of("/usr/bin/systemd-analyze");
    assumeTrue(Files.isExecutable(systemd), "there is no systemd-analyze");
    String java = ProcessHandle.current().info().command().orElseThrow();
    Path file = Files.writeString(dir.resolve("weir.service"), unit.replace("/usr/bin/java", java));
    Path output = dir.resolve("output");
    Process process =
        new ProcessBuilder(systemd.toString(), "verify", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    // It says what it does not understand, and is content all the same.
    assertThat(Files.readString(output)).isEmpty();
    assertThat(process.exitValue()).isZero();
  }
}
