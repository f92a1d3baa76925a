package dev.weir.cli;

import java.util.LinkedHashMap;
import java.util.List;
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
    mixinStandardHelpOptions = true)
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

  /** A command, and what the command line says to it. */
  record Asked(CommandLine command, List<String> arguments) {
    /** Runs it; the exit status. */
    int execute() {
      return command.execute(arguments.toArray(new String[0]));
    }
  }

  /** Runs the command line and ends the process with its exit status. */
  public static void main(String[] args) {
    // Tests look for leaks, in every buffer; here, looking at one in 128 costs and helps nobody.
    System.getProperties().putIfAbsent("io.netty.leakDetection.level", "disabled");
    Logging.use();
    System.exit(asked(args).execute());
  }

  /**
   * Who is asked by {@code args}. The command that comes first is made ready alone: picocli looks
   * at each option of each, which takes a tenth of a start.
   */
  static Asked asked(String... args) {
    Supplier<Object> command = args.length == 0 ? null : COMMANDS.get(args[0]);
    return command == null
        ? new Asked(commandLine(), List.of(args))
        : new Asked(
            commandLine(command).setCommandName("weir " + args[0]),
            List.of(args).subList(1, args.length));
  }

  /** All commands. */
  public static CommandLine commandLine() {
    CommandLine weir = commandLine(Main::new);
    COMMANDS.forEach((name, command) -> weir.addSubcommand(name, commandLine(command)));
    return weir;
  }

  private static CommandLine commandLine(Supplier<Object> command) {
    CommandLine made = new CommandLine(command.get());
    made.getCommandSpec().versionProvider(new Version());
    return made;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command; see weir --help");
  }
}
