package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.standalone.Standalone;
import dev.weir.standalone.StandaloneOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The directories of {@code examples}: nothing is wrong with them, and every command in their
 * comments works. They run on an address of this test's own, and are otherwise as they stand.
 */
@ExtendWith(NoLeaks.class)
class ExamplesTest {
  private static final Path EXAMPLES = Path.of("../examples");
  private static final Pattern COMMAND = Pattern.compile("(?m)^ *# +curl (.+)$");
  private static final Pattern SERVER = Pattern.compile("\"pod\" *: *\"([^\"]+)\"");

  private final Program curl = Program.needed("curl");

  @TempDir private Path dir;

  static List<String> examples() throws IOException {
    try (Stream<Path> directories = Files.list(EXAMPLES)) {
      return directories.map(each -> each.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void theCommandsInTheCommentsWork(String name) throws Exception {
    List<String> commands = new ArrayList<>();
    try (Standalone gateway = start(name, commands)) {
      assertThat(gateway.state().problems()).isEmpty();
      for (String command : commands) {
        for (int i = 0; i < 20; i++) {
          assertThat(curl(command)).isNotEmpty();
        }
      }
    }
    if (!name.equals("quickstart")) {
      assertThat(commands).isNotEmpty();
    }
  }

  @Test
  void aTenthGoesToTheCanaryAndTestersGoThereAlways() throws Exception {
    List<String> commands = new ArrayList<>();
    try (Standalone gateway = start("canary", commands)) {
      String testers = commands.get(0);
      String everybody = commands.get(1);
      assertThat(servers(testers, 20)).containsOnlyKeys("shop-v2");
      Map<String, Integer> servers = servers(everybody, 200);
      // 20 of 200 are meant; less than 1 or more than 50 is no chance.
      assertThat(servers.getOrDefault("shop-v2", 0)).isBetween(1, 50);
      assertThat(gateway.state().problems()).isEmpty();
    }
  }

  @Test
  void withItsCookieAClientStays() throws Exception {
    List<String> commands = new ArrayList<>();
    try (Standalone gateway = start("sessions", commands)) {
      String command = commands.getFirst();
      assertThat(servers(command, 20)).hasSize(1);
      assertThat(servers(command.replaceAll("-[cb] \\S+ ", ""), 40)).hasSize(2);
      assertThat(gateway.state().problems()).isEmpty();
    }
  }

  /** Which servers answered how often. */
  private Map<String, Integer> servers(String command, int times) throws Exception {
    Map<String, Integer> servers = new HashMap<>();
    for (int i = 0; i < times; i++) {
      String body = curl(command);
      String server = SERVER.matcher(body).results().map(m -> m.group(1)).findFirst().orElse(body);
      servers.merge(server, 1, Integer::sum);
    }
    return servers;
  }

  /** Runs a command that must be answered with 200; returns the body. */
  private String curl(String command) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("-sS", "--fail"));
    Pattern.compile("'([^']*)'|(\\S+)")
        .matcher(command)
        .results()
        .map(word -> word.group(1) != null ? word.group(1) : word.group(2))
        .map(word -> word.equals("jar") ? dir.resolve(word).toString() : word)
        .forEach(arguments::add);
    return curl.run(arguments).succeeded();
  }

  private Standalone start(String name, List<String> commands) throws IOException {
    String ip = Loopback.next();
    Path copy = Files.createDirectory(dir.resolve(name));
    try (Stream<Path> files = Files.list(EXAMPLES.resolve(name))) {
      for (Path file : files.toList()) {
        String text = Files.readString(file).replace("127.0.0.1", ip);
        COMMAND.matcher(text).results().map(ExamplesTest::command).forEach(commands::add);
        Files.writeString(copy.resolve(file.getFileName().toString()), text);
      }
    }
    return Standalone.start(StandaloneOptions.of(List.of(copy)), state -> {});
  }

  private static String command(MatchResult comment) {
    return comment.group(1).strip();
  }
}
