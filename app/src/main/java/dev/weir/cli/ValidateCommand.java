package dev.weir.cli;

import dev.weir.core.problem.Problem;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;

/** {@code weir validate}: says what is wrong, without running anything. */
final class ValidateCommand implements Command {
  private final Usage usage =
      Usage.of(this, "validate", "Says what is wrong with the configuration.")
          .ends("0:no errors; there may be warnings", "1:errors", "2:the command line is wrong");

  private final ConfigArguments config = new ConfigArguments(usage);

  private final OptionSpec output =
      usage.takes(
          Usage.option("--output", "<output>", Output.class)
              .defaultValue("text")
              .description("text or json (default: ${DEFAULT-VALUE})."));

  @Override
  public Usage usage() {
    return usage;
  }

  @Override
  public Integer call() {
    List<Problem> problems = config.read().problems();
    PrintWriter out = usage.out();
    switch (output.<Output>getValue()) {
      case text -> problems.forEach(problem -> out.println(ProblemText.line(problem)));
      case json -> out.println(ProblemText.json(problems));
    }
    out.flush();
    return ProblemText.exitStatus(problems);
  }
}
