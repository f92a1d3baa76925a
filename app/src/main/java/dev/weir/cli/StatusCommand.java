package dev.weir.cli;

import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.status.Fleet;
import dev.weir.controlplane.status.ObjectStatus;
import dev.weir.controlplane.status.StatusBook;
import dev.weir.controlplane.status.StatusText;
import dev.weir.core.problem.Problem;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weir status}: the conditions that a controller would write. */
@Command(
    name = "status",
    description = {
      "Prints the status of Gateways, routes and policies as a Kubernetes controller would write it.",
      "Nothing is run, so nothing is Programmed; of a running gateway the admin endpoint's /status "
          + "tells that as well.",
      "What cannot be read has no status and is told on standard error."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:the status of everything",
      "1:something could not be read",
      "2:the command line is wrong"
    })
final class StatusCommand implements Callable<Integer> {
  @Mixin private ConfigArguments config;

  @Option(
      names = "--output",
      defaultValue = "text",
      description = "text (YAML) or json (default: ${DEFAULT-VALUE}).")
  private Output output = Output.text;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    ConfigArguments.Reading reading = config.read();
    PrintWriter err = spec.commandLine().getErr();
    List<Problem> unread = reading.load().problems();
    unread.forEach(problem -> err.println(ProblemText.line(problem)));
    err.flush();
    List<ObjectStatus> statuses =
        new StatusBook(ResolveOptions.CONTROLLER_NAME)
            .write(reading.translation().resolution().report(), Fleet.NONE, Instant.now());
    PrintWriter out = spec.commandLine().getOut();
    switch (output) {
      case text -> out.print(StatusText.yaml(statuses));
      case json -> out.println(StatusText.json(statuses));
    }
    out.flush();
    return ProblemText.exitStatus(unread);
  }
}
