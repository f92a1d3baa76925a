package dev.weir.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code weir} command. */
@Command(
    name = "weir",
    description = "An API gateway: Gateway API objects in, traffic through.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class Main implements Runnable {
  private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("run", RunCommand::new);
    COMMANDS.put("controller", ControllerCommand::new);
    COMMANDS.put("proxy", ProxyCommand::new);
    COMMANDS.put("validate", ValidateCommand::new);
    COMMANDS.put("translate", TranslateCommand::new);
    COMMANDS.put("status", StatusCommand::new);
    COMMANDS.put("bootstrap", BootstrapCommand::new);
    COMMANDS.put("conformance", ConformanceCommand::new);
    COMMANDS.put("install", InstallCommand::new);
    COMMANDS.put("rehearse", RehearseCommand::new);
  }

  @Spec private CommandSpec spec;

  /** Runs the command line and ends the process with its exit status. */
  public static void main(String[] args) {
    // Tests look for leaks, in every buffer; here, looking at one in 128 costs and helps nobody.
    System.getProperties().putIfAbsent("io.netty.leakDetection.level", "disabled");
    System.exit(commandLine(args).execute(args));
  }

  /**
   * What reads {@code args}. Only the command that comes first is made ready, or all if none does:
   * picocli looks at each option of each, which takes a tenth of a start.
   */
  public static CommandLine commandLine(String... args) {
    CommandLine weir = new CommandLine(new Main());
    Supplier<Object> asked = args.length == 0 ? null : COMMANDS.get(args[0]);
    if (asked != null) {
      weir.addSubcommand(args[0], asked.get());
    } else {
      COMMANDS.forEach((name, command) -> weir.addSubcommand(name, command.get()));
    }
    return weir;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command; see weir --help");
  }
}
