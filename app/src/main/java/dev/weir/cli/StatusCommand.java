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
import picocli.CommandLine.Model.OptionSpec;

/** {@code weir status}: the conditions that a controller would write. */
final class StatusCommand implements Command {
  private final Usage usage =
      Usage.of(
              this,
              "status",
              "Prints the status of Gateways, routes and policies as a Kubernetes controller would"
                  + " write it.",
              "Nothing is run, so nothing is Programmed; of a running gateway the admin endpoint's"
                  + " /status tells that as well.",
              "What cannot be read has no status and is told on standard error.")
          .ends(
              "0:the status of everything",
              "1:something could not be read",
              "2:the command line is wrong");

  private final ConfigArguments config = new ConfigArguments(usage);

  private final OptionSpec output =
      usage.takes(
          Usage.option("--output", "<output>", Output.class)
              .defaultValue("text")
              .description("text (YAML) or json (default: ${DEFAULT-VALUE})."));

  @Override
  public Usage usage() {
    return usage;
  }

  @Override
  public Integer call() {
    ConfigArguments.Reading reading = config.read();
    PrintWriter err = usage.err();
    List<Problem> unread = reading.load().problems();
    unread.forEach(problem -> err.println(ProblemText.line(problem)));
    err.flush();
    List<ObjectStatus> statuses =
        new StatusBook(ResolveOptions.CONTROLLER_NAME)
            .write(reading.translation().resolution().report(), Fleet.NONE, Instant.now());
    PrintWriter out = usage.out();
    switch (output.<Output>getValue()) {
      case text -> out.print(StatusText.yaml(statuses));
      case json -> out.println(StatusText.json(statuses));
    }
    out.flush();
    return ProblemText.exitStatus(unread);
  }
}
