package dev.weir.cli;

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
    versionProvider = Version.class,
    subcommands = {
      RunCommand.class,
      ControllerCommand.class,
      ProxyCommand.class,
      ValidateCommand.class,
      TranslateCommand.class,
      StatusCommand.class,
      BootstrapCommand.class,
      ConformanceCommand.class,
      InstallCommand.class,
      RehearseCommand.class
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  /** Runs the command line and ends the process with its exit status. */
  public static void main(String[] args) {
    // Tests look for leaks, in every buffer; here, looking at one in 128 costs and helps nobody.
    System.getProperties().putIfAbsent("io.netty.leakDetection.level", "disabled");
    System.exit(new CommandLine(new Main()).execute(args));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command; see weir --help");
  }
}
