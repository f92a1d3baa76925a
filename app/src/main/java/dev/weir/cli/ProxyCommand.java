package dev.weir.cli;

import dev.weir.core.xds.Applied;
import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.fleet.FleetOptions;
import dev.weir.fleet.FleetProxy;
import dev.weir.proxy.source.ads.AdsOptions;
import dev.weir.proxy.source.ads.AdsOptions.Security;
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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weir proxy}: a proxy of a fleet. */
@Command(
    name = "proxy",
    description = {
      "Runs a proxy that gets its configuration from a controller.",
      "SIGTERM and Ctrl-C stop it gracefully: it is not ready any more, goes on for a while, then "
          + "takes no new connections and lets exchanges finish. The second one ends it at once."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:stopped as asked",
      "1:did not start",
      "2:the command line is wrong",
      "143:ended by a second SIGTERM (130: SIGINT)"
    })
final class ProxyCommand implements Callable<Integer> {
  /** Load balancers ask for readiness every few seconds. */
  private static final Duration DRAIN_DELAY = Duration.ofSeconds(5);

  @Mixin private ControllerArguments controller;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "Authorities that vouch for the controller (PEM).")
  private @Nullable Path authorities;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      defaultValue = "/var/run/secrets/weir.dev/token",
      description =
          "Token against which the controller issues a certificate (default: ${DEFAULT-VALUE}).")
  private Path token = Path.of("");

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      description = "Certificate of this proxy (PEM), instead of an issued one.")
  private @Nullable Path certificate;

  @Option(names = "--key", paramLabel = "FILE", description = "Its key (PEM, PKCS #8).")
  private @Nullable Path key;

  @Option(
      names = "--insecure",
      description = "Plain text: anybody on the network may read and change the configuration.")
  private boolean insecure;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description =
          "Keeps the last configuration there, encrypted, and starts with it. One for each proxy.")
  private @Nullable Path stateDirectory;

  @Option(
      names = "--state-key",
      paramLabel = "FILE",
      description =
          "Key for --state-dir: 32 bytes in base64. Without it one is made in that directory.")
  private @Nullable Path stateKey;

  @Mixin private DataPlaneArguments dataPlane;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    FleetOptions options =
        new FleetOptions(ads(), stateDirectory, stateKey, dataPlane.options(DRAIN_DELAY));
    PrintWriter err = spec.commandLine().getErr();
    StopSignal stop = StopSignal.install();
    try (FleetProxy proxy = FleetProxy.start(options, new Told(err)::applied)) {
      err.printf("Weir is running as %s for %s.%n", controller.node(), controller.serves());
      err.flush();
      stop.await();
      err.println("Stopping: not ready any more, running exchanges may finish.");
      err.flush();
      proxy.leave();
    } catch (IOException | IllegalArgumentException e) {
      err.println("weir: " + e.getMessage());
      return 1;
    }
    return 0;
  }

  private AdsOptions ads() throws IOException {
    ControllerArguments.Address address = controller.controller();
    if (stateKey != null && stateDirectory == null) {
      throw wrong("--state-key is of use only with --state-dir");
    }
    return new AdsOptions(
        address.host(),
        address.port(),
        controller.node(),
        controller.serves(),
        Version.number(),
        security());
  }

  private Security security() {
    if (insecure) {
      if (authorities != null || certificate != null || key != null) {
        throw wrong("--insecure does not go together with --ca, --cert and --key");
      }
      return new Security.Insecure();
    }
    if (certificate != null || key != null) {
      if (certificate == null || key == null) {
        throw wrong("--cert and --key go together");
      }
      return new Security.Files(authorities, certificate, key);
    }
    if (authorities == null) {
      throw wrong("needs --ca to know the controller, or --cert and --key, or --insecure");
    }
    return new Security.Token(authorities, token);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Tells the person at the terminal what changes. */
  private static final class Told {
    private final PrintWriter out;
    private List<BindFailure> failures = List.of();
    private boolean first = true;

    Told(PrintWriter out) {
      this.out = out;
    }

    void applied(Applied applied) {
      if (first) {
        first = false;
        out.println("The first configuration runs.");
      }
      for (BindFailure failure : applied.bindFailures()) {
        if (!failures.contains(failure)) {
          out.printf(
              "%s: cannot listen on %s: %s%n",
              failure.listener(), failure.address(), failure.message());
        }
      }
      failures = applied.bindFailures();
      out.flush();
    }
  }
}
