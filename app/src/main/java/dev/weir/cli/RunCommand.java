package dev.weir.cli;

import dev.weir.standalone.Standalone;
import dev.weir.standalone.StandaloneOptions;
import dev.weir.standalone.StandaloneOptions.State;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code weir run}: the gateway in one process. */
final class RunCommand implements Command {
  private final Usage usage =
      Usage.of(
              this,
              "run",
              "Runs a gateway from directories of Kubernetes YAML and follows their changes.",
              "SIGTERM and Ctrl-C stop it gracefully: it takes no new connections and lets"
                  + " exchanges finish. The second one ends it at once.")
          .endsWhenStopped();

  private final PositionalParamSpec directories = usage.takes(ConfigArguments.directories());

  private final OptionSpec addressPool =
      usage.takes(
          Usage.option("--address-pool", "CIDR", String.class)
              .description(
                  "Gives each Gateway without addresses one of its own, e.g. of 127.20.0.0/16."
                      + " Without a pool such Gateways bind all addresses."));

  private final OptionSpec stateDirectory =
      usage.takes(
          Usage.option("--state-dir", "DIR", Path.class)
              .description(
                  "Keeps what runs there, encrypted. The next start serves it at once if it finds"
                      + " the same files, and reads them afterwards."));

  private final DataPlaneArguments dataPlane = new DataPlaneArguments(usage);

  @Override
  public Usage usage() {
    return usage;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    StandaloneOptions options = options();
    PrintWriter err = usage.err();
    Announcer announcer = new Announcer(err);
    StopSignal stop = StopSignal.install();
    try (Standalone gateway = Standalone.start(options, announcer::changed)) {
      announcer.welcome(gateway);
      stop.await();
      err.println("Stopping: no new connections, running exchanges may finish.");
      err.flush();
      gateway.leave();
    } catch (IOException | IllegalArgumentException e) {
      err.println("weir: " + e.getMessage());
      return 1;
    }
    return 0;
  }

  /** What its command line says. */
  StandaloneOptions options() throws IOException {
    @Nullable Path state = stateDirectory.getValue();
    return new StandaloneOptions(
        directories.getValue(),
        addressPool.getValue(),
        state == null ? null : new State(state, Version.number()),
        dataPlane.options(Duration.ZERO));
  }
}
