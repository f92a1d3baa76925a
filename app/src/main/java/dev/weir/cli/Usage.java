package dev.weir.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;

/**
 * What a command takes, and how it explains itself.
 *
 * <p>Told to picocli call by call: reading annotations, by reflection, would cost each start 50 ms.
 */
final class Usage {
  private final CommandSpec spec;

  private Usage(CommandSpec spec) {
    this.spec = spec;
  }

  /**
   * That of one that takes nothing yet.
   *
   * @param body what the command does; gives the exit status
   */
  static Usage of(Callable<Integer> body, String name, String... description) {
    CommandSpec spec = CommandSpec.wrapWithoutInspection(body);
    spec.name(name).versionProvider(new Version()).usageMessage().description(description);
    return new Usage(spec);
  }

  /**
   * An option with a value. Where it is not given that is its default, or null.
   *
   * @param type of the value, or {@code List}, and then its {@code auxiliaryTypes} say of what
   */
  static OptionSpec.Builder option(String name, String label, Class<?> type) {
    return OptionSpec.builder(name).paramLabel(label).type(type);
  }

  /** An option that is given or not: its value is true or false. */
  static OptionSpec.Builder flag(String name) {
    return OptionSpec.builder(name).type(boolean.class).initialValue(false);
  }

  /** How it may end: each a status, a colon and what it means. */
  Usage ends(String... statuses) {
    spec.usageMessage()
        .exitCodeListHeading("%nExit status:%n")
        .exitCodeList(UsageMessageSpec.keyValuesMap(statuses));
    return this;
  }

  /** How one ends that goes on until it is stopped, see {@link StopSignal}. */
  Usage endsWhenStopped() {
    return ends(
        "0:stopped as asked",
        "1:did not start",
        "2:the command line is wrong",
        "143:ended by a second SIGTERM (130: SIGINT)");
  }

  /** Does not appear among the commands, and has no help: there is nobody to read it. */
  Usage hidden() {
    spec.usageMessage().hidden(true);
    return this;
  }

  /** One more option that it takes; the value is there when the command runs. */
  OptionSpec takes(OptionSpec.Builder option) {
    OptionSpec taken = option.build();
    spec.addOption(taken);
    return taken;
  }

  PositionalParamSpec takes(PositionalParamSpec.Builder parameter) {
    PositionalParamSpec taken = parameter.build();
    spec.addPositional(taken);
    return taken;
  }

  void takes(ArgGroupSpec.Builder group) {
    spec.addArgGroup(group.build());
  }

  /** The command line that reads what it takes, and runs the command. To be asked for once. */
  CommandLine ready() {
    if (!spec.usageMessage().hidden()) {
      takes(
          OptionSpec.builder("-h", "--help")
              .usageHelp(true)
              .description("Show this help message and exit."));
      takes(
          OptionSpec.builder("-V", "--version")
              .versionHelp(true)
              .description("Print version information and exit."));
    }
    return new CommandLine(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** To be thrown when the command line makes no sense. */
  ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
