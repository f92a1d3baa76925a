package dev.weir.cli;

import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.status.ObjectStatus;
import dev.weir.controlplane.status.StatusBook;
import dev.weir.controlplane.status.StatusText;
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
          + "tells that as well."
    },
    mixinStandardHelpOptions = true)
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
    List<ObjectStatus> statuses =
        new StatusBook(ResolveOptions.CONTROLLER_NAME)
            .write(config.read().translation().resolution().report(), null, Instant.now());
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        switch (output) {
          case text -> StatusText.yaml(statuses);
          case json -> StatusText.json(statuses);
        });
    out.flush();
    return 0;
  }
}
