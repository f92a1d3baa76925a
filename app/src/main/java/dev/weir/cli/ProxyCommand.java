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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;

/** {@code weir proxy}: a proxy of a fleet. */
final class ProxyCommand implements Command {
  /** Load balancers ask for readiness every few seconds. */
  private static final Duration DRAIN_DELAY = Duration.ofSeconds(5);

  private final Usage usage =
      Usage.of(
              this,
              "proxy",
              "Runs a proxy that gets its configuration from a controller.",
              "SIGTERM and Ctrl-C stop it gracefully: it is not ready any more, goes on for a"
                  + " while, then takes no new connections and lets exchanges finish. The second"
                  + " one ends it at once.")
          .endsWhenStopped();

  private final ControllerArguments controller = new ControllerArguments(usage);

  private final OptionSpec ca =
      usage.takes(
          Usage.option("--ca", "FILE", Path.class)
              .description("Authorities that vouch for the controller (PEM)."));

  private final OptionSpec tokenFile =
      usage.takes(
          Usage.option("--token-file", "FILE", Path.class)
              .defaultValue("/var/run/secrets/weir.dev/token")
              .description(
                  "Token against which the controller issues a certificate (default:"
                      + " ${DEFAULT-VALUE})."));

  private final OptionSpec cert =
      usage.takes(
          Usage.option("--cert", "FILE", Path.class)
              .description("Certificate of this proxy (PEM), instead of an issued one."));

  private final OptionSpec certKey =
      usage.takes(Usage.option("--key", "FILE", Path.class).description("Its key (PEM, PKCS #8)."));

  private final OptionSpec insecure =
      usage.takes(
          Usage.flag("--insecure")
              .description(
                  "Plain text: anybody on the network may read and change the configuration."));

  private final OptionSpec stateDir =
      usage.takes(
          Usage.option("--state-dir", "DIR", Path.class)
              .description(
                  "Keeps the last configuration there, encrypted, and starts with it. One for each"
                      + " proxy."));

  private final OptionSpec stateKey =
      usage.takes(
          Usage.option("--state-key", "FILE", Path.class)
              .description(
                  "Key for --state-dir: 32 bytes in base64. Without it one is made in that"
                      + " directory."));

  private final DataPlaneArguments dataPlane = new DataPlaneArguments(usage);

  @Override
  public Usage usage() {
    return usage;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    FleetOptions options =
        new FleetOptions(
            ads(), stateDir.getValue(), stateKey.getValue(), dataPlane.options(DRAIN_DELAY));
    PrintWriter err = usage.err();
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
    if (stateKey.getValue() != null && stateDir.getValue() == null) {
      throw usage.wrong("--state-key is of use only with --state-dir");
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
    @Nullable Path authorities = ca.getValue();
    @Nullable Path certificate = cert.getValue();
    @Nullable Path key = certKey.getValue();
    boolean plain = insecure.getValue();
    if (plain) {
      if (authorities != null || certificate != null || key != null) {
        throw usage.wrong("--insecure does not go together with --ca, --cert and --key");
      }
      return new Security.Insecure();
    }
    if (certificate != null || key != null) {
      if (certificate == null || key == null) {
        throw usage.wrong("--cert and --key go together");
      }
      return new Security.Files(authorities, certificate, key);
    }
    if (authorities == null) {
      throw usage.wrong("needs --ca to know the controller, or --cert and --key, or --insecure");
    }
    return new Security.Token(authorities, tokenFile.getValue());
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
