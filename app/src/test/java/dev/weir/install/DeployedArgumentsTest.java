package dev.weir.install;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** The pods that a controller makes start {@code weir proxy} as it wants to be started. */
class DeployedArgumentsTest {
  private static final Path GOLDEN = Path.of("../controlplane/src/test/resources/deploy");

  @Test
  void areThoseOfTheCommand() throws IOException {
    int proxies = 0;
    try (Stream<Path> files = Files.list(GOLDEN)) {
      for (Path file : files.toList()) {
        String made = Files.readString(file).split("={80}\n", 2)[1];
        for (JsonNode deployment : Chart.all(Chart.objects(made), "Deployment")) {
          List<String> arguments =
              deployment
                  .at("/spec/template/spec/containers/0/args")
                  .valueStream()
                  .map(JsonNode::asString)
                  .toList();
          CommandLine.ParseResult parsed =
              Main.commandLine().parseArgs(arguments.toArray(String[]::new));
          assertThat(parsed.subcommand().commandSpec().name()).isEqualTo("proxy");
          assertThat(parsed.errors()).isEmpty();
          proxies++;
        }
      }
    }
    assertThat(proxies).isEqualTo(3);
  }
}
