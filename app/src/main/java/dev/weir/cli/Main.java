package dev.weir.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;

/** The {@code weir} command. */
public final class Main implements Command {
  private static final Map<String, Supplier<Command>> COMMANDS = new LinkedHashMap<>();

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

  private final Usage usage =
      Usage.of(this, "weir", "An API gateway: Gateway API objects in, traffic through.");

  private Main() {}

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
   * Who is asked by {@code args}. The command that comes first is made ready alone: all of them
   * take four times as long, 25 ms of a start.
   */
  static Asked asked(String... args) {
    Supplier<Command> command = args.length == 0 ? null : COMMANDS.get(args[0]);
    return command == null
        ? new Asked(commandLine(), List.of(args))
        : new Asked(
            command.get().usage().ready().setCommandName("weir " + args[0]),
            List.of(args).subList(1, args.length));
  }

  /** All commands. */
  public static CommandLine commandLine() {
    CommandLine weir = new Main().usage().ready();
    COMMANDS.forEach((name, command) -> weir.addSubcommand(name, command.get().usage().ready()));
    return weir;
  }

  @Override
  public Usage usage() {
    return usage;
  }

  @Override
  public Integer call() {
    throw usage.wrong("Missing command; see weir --help");
  }
}
