package dev.weir.cli;

import dev.weir.controlplane.translate.XdsYaml;
import dev.weir.core.problem.Problem;
import dev.weir.features.Features;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code weir translate}: the Envoy resources that the configuration means. */
@Command(
    name = "translate",
    description = {
      "Prints the xDS resources that the configuration means, as YAML.",
      "What is wrong goes to standard error; the resources are those of the rest."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:no errors; there may be warnings",
      "1:errors",
      "2:the command line is wrong"
    })
final class TranslateCommand implements Callable<Integer> {
  @Mixin private ConfigArguments config;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    ConfigArguments.Reading reading = config.read();
    PrintWriter err = spec.commandLine().getErr();
    List<Problem> problems = reading.problems();
    problems.forEach(problem -> err.println(ProblemText.line(problem)));
    err.flush();
    PrintWriter out = spec.commandLine().getOut();
    out.print(new XdsYaml(Features.ALL).print(reading.translation().snapshot()));
    out.flush();
    return ProblemText.exitStatus(problems);
  }
}
