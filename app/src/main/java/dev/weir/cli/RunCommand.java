package dev.weir.cli;

import dev.weir.standalone.Standalone;
import dev.weir.standalone.StandaloneOptions;
import dev.weir.standalone.StandaloneOptions.State;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weir run}: the gateway in one process. */
@Command(
    name = "run",
    description = {
      "Runs a gateway from directories of Kubernetes YAML and follows their changes.",
      "SIGTERM and Ctrl-C stop it gracefully: it takes no new connections and lets exchanges "
          + "finish. The second one ends it at once."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:stopped as asked",
      "1:did not start",
      "2:the command line is wrong",
      "143:ended by a second SIGTERM (130: SIGINT)"
    })
final class RunCommand implements Callable<Integer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "DIR",
      description = "Directories (or files) of Kubernetes YAML.")
  private List<Path> directories;

  @Option(
      names = "--address-pool",
      paramLabel = "CIDR",
      description =
          "Gives each Gateway without addresses one of its own, e.g. of 127.20.0.0/16. Without a "
              + "pool such Gateways bind all addresses.")
  private @Nullable String addressPool;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description =
          "Keeps what runs there, encrypted. The next start serves it at once if it finds the same "
              + "files, and reads them afterwards.")
  private @Nullable Path stateDirectory;

  @Mixin private DataPlaneArguments dataPlane;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    StandaloneOptions options = options();
    PrintWriter err = spec.commandLine().getErr();
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
    return new StandaloneOptions(
        directories,
        addressPool,
        stateDirectory == null ? null : new State(stateDirectory, Version.number()),
        dataPlane.options(Duration.ZERO));
  }
}
