package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
  @ParameterizedTest
  @ValueSource(strings = {"--version", "run --version", "proxy -V"})
  void versionIsTheOneOfTheBuild(String line) {
    Invocation version = Invocation.of(line.split(" "));
    assertThat(version.status()).isZero();
    assertThat(version.out()).matches("weir \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R");
  }

  /** Commands are made ready alone when they come first, and with all others. */
  @Test
  void aCommandIsTheSameAloneAndAmongAll() {
    Map<String, CommandLine> all = Main.commandLine().getSubcommands();
    assertThat(all).isNotEmpty();
    all.forEach((name, among) -> {
      CommandLine alone = Main.asked(name).command();
      assertThat(alone.getSubcommands()).isEmpty();
      assertThat(alone.getUsageMessage()).isEqualTo(among.getUsageMessage());
    });
  }

  @Test
  void withoutCommandItSaysWhatToDo() {
    Invocation nothing = Invocation.of();
    assertThat(nothing.status()).isEqualTo(2);
    assertThat(nothing.err()).contains("weir --help");
  }

  @Test
  void helpListsTheCommands() {
    Invocation help = Invocation.of("--help");
    assertThat(help.status()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out())
        .contains(
            "  run ", "  proxy ", "  validate ", "  translate ", "  status ", "  conformance ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "validate", "translate", "status", "conformance"})
  void everyCommandExplainsItself(String command) {
    Invocation help = Invocation.of(command, "--help");
    assertThat(help.status()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out())
        .startsWith("Usage: weir " + command)
        .contains("DIR", "Exit status:\n  0  ", "\n  1  ", "\n  2  ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "validate", "translate", "status"})
  void aDirectoryIsNeeded(String command) {
    Invocation invocation = Invocation.of(command);
    assertThat(invocation.status()).isEqualTo(2);
    assertThat(invocation.err()).startsWith("Missing required parameter: 'DIR'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "validat DIR|Did you mean: weir validate",
        "validate --output yaml DIR|expected one of [text, json] (case-sensitive) but was 'yaml'",
        "status --output xml DIR|expected one of [text, json] (case-sensitive) but was 'xml'",
        "run --workers 0 DIR|--workers must be at least 1",
        "run --workers many DIR|'--workers': 'many' is not an int",
        "run --drain-seconds -1 DIR|--drain-seconds must not be negative",
        "run --admin 127.0.0.1 DIR|--admin is HOST:PORT or off, not 127.0.0.1",
        "run --admin 127.0.0.1:99999 DIR|--admin is HOST:PORT or off, not 127.0.0.1:99999",
        "run --drain-delay-seconds -1 DIR|--drain-delay-seconds must not be negative",
        "proxy --node n --serves Gateway/a/b|Missing required option: '--controller=HOST:PORT'",
        "proxy --controller c --node n --serves Gateway/a/b --insecure|--controller is HOST:PORT, not c",
        "proxy --controller c:1 --node n --serves Route/a/b --insecure|--serves is Gateway/NAMESPACE/NAME or",
        "proxy --controller c:1 --node n --serves Gateway/a/b|needs --ca to know the controller",
        "proxy --controller c:1 --node n --serves Gateway/a/b --cert c|--cert and --key go together",
        "proxy --controller c:1 --node n --serves GatewayClass/b --insecure --ca c|--insecure does not go",
        "proxy --controller c:1 --node n --serves GatewayClass/b --insecure --state-key c|only with --state-dir",
        "controller --insecure-xds --cert c|--insecure-xds does not go together with --cert, --key and --ca",
        "controller --cert c --key k|--cert, --key and --ca go together",
        "controller --lease-seconds 10|the Lease has to last longer than its holder believes in it (10.0 s)",
        "controller --renew-seconds 2|longer than the pause between two tries (2.0 s)",
        "controller --retry-seconds 0|the pause between two tries must be positive",
        "run --access-log-format xml DIR|--access-log-format is text or json, not xml",
        "run --dns-server dns.example: DIR|--dns-server is IP or IP:PORT, not dns.example:",
      })
  void aWrongCommandLineIsAnsweredWithWhatIsExpected(String line, String answer) {
    Invocation invocation = Invocation.of(line.split(" "));
    assertThat(invocation.status()).isEqualTo(2);
    assertThat(invocation.out()).isEmpty();
    assertThat(invocation.err()).contains(answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "--admin off --access-log DIR/none/log|weir: access log DIR/none/log: there is no such"
            + " directory",
        "--admin off --access-log DIR|weir: access log DIR: Is a directory",
        "--admin 192.0.2.1:15000 --access-log off|weir: admin endpoint at /192.0.2.1:15000: Cannot"
            + " assign requested address",
        "--admin off --address-pool 127.20.0.0 --access-log off|weir: \"127.20.0.0\" is not a range"
            + " of IPv4 addresses between /8 and /30, as 127.20.0.0/16 is",
        "--admin off --access-log off DIR/none|weir: DIR/none: there is no such file or directory",
      })
  void whatDoesNotStartSaysWhy(String options, String answer, @TempDir Path directory) {
    String line = "run DIR " + options;
    Invocation invocation = Invocation.of(line.replace("DIR", directory.toString()).split(" "));
    assertThat(invocation.status()).isOne();
    assertThat(invocation.out()).isEmpty();
    assertThat(invocation.err()).isEqualTo(answer.replace("DIR", directory.toString()) + "\n");
  }
}
