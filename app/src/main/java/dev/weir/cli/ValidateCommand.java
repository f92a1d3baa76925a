package dev.weir.cli;

import dev.weir.core.problem.Problem;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weir validate}: says what is wrong, without running anything. */
@Command(
    name = "validate",
    description = "Says what is wrong with the configuration.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:no errors; there may be warnings",
      "1:errors",
      "2:the command line is wrong"
    })
final class ValidateCommand implements Callable<Integer> {
  @Mixin private ConfigArguments config;

  @Option(
      names = "--output",
      defaultValue = "text",
      description = "text or json (default: ${DEFAULT-VALUE}).")
  private Output output = Output.text;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<Problem> problems = config.read().problems();
    PrintWriter out = spec.commandLine().getOut();
    switch (output) {
      case text -> problems.forEach(problem -> out.println(ProblemText.line(problem)));
      case json -> out.println(ProblemText.json(problems));
    }
    out.flush();
    return ProblemText.exitStatus(problems);
  }
}
