package dev.weir.cli;

import dev.weir.core.api.IpLiteral;
import dev.weir.proxy.observe.AccessLog;
import dev.weir.standalone.Standalone;
import dev.weir.standalone.StandaloneOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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
      names = "--admin",
      paramLabel = "HOST:PORT|off",
      defaultValue = "127.0.0.1:15000",
      description = "Where the admin endpoint listens (default: ${DEFAULT-VALUE}).")
  private String admin = "";

  @Option(
      names = "--access-log",
      paramLabel = "FILE|-|off",
      defaultValue = "-",
      description = "Where a line for each request goes; - is standard output, the default.")
  private String accessLog = "";

  @Option(
      names = "--access-log-format",
      paramLabel = "text|json",
      defaultValue = "text",
      description = "How the lines look (default: ${DEFAULT-VALUE}).")
  private String accessLogFormat = "";

  @Option(names = "--workers", paramLabel = "N", description = "Event loops (default: one a core).")
  private int workers = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--drain-seconds",
      paramLabel = "N",
      defaultValue = "30",
      description = "How long running exchanges may take to finish (default: ${DEFAULT-VALUE}).")
  private int drainSeconds = 30;

  @Option(
      names = "--dns-server",
      paramLabel = "IP[:PORT]",
      description =
          "Who is asked for the names of backends, the first first; may be repeated. Without it the "
              + "servers of this machine.")
  private List<String> dnsServers = List.of();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    StandaloneOptions options = options();
    PrintWriter err = spec.commandLine().getErr();
    Announcer announcer = new Announcer(err);
    StopSignal stop = StopSignal.install();
    try (Standalone gateway = Standalone.start(options, announcer::changed)) {
      announcer.welcome(gateway);
      stop.await();
      err.println("Stopping: no new connections, running exchanges may finish.");
      err.flush();
      gateway.drain(options.drain());
    } catch (IOException | IllegalArgumentException e) {
      err.println("weir: " + e.getMessage());
      return 1;
    }
    return 0;
  }

  private StandaloneOptions options() {
    if (workers < 1) {
      throw new ParameterException(spec.commandLine(), "--workers must be at least 1");
    }
    if (drainSeconds < 0) {
      throw new ParameterException(spec.commandLine(), "--drain-seconds must not be negative");
    }
    return new StandaloneOptions(
        directories,
        addressPool,
        admin.equals("off") ? null : adminAddress(admin),
        accessLog.equals("off") ? null : Path.of(accessLog),
        format(),
        workers,
        Duration.ofSeconds(drainSeconds),
        dnsServers.stream().map(this::dnsServer).toList());
  }

  private InetSocketAddress dnsServer(String text) {
    InetSocketAddress server =
        IpLiteral.isAddress(text)
            ? new InetSocketAddress(InetAddress.ofLiteral(text), 53)
            : hostAndPort(text);
    if (server == null) {
      throw new ParameterException(
          spec.commandLine(), "--dns-server is IP or IP:PORT, not " + text);
    }
    return server;
  }

  private AccessLog.Format format() {
    try {
      return AccessLog.Format.valueOf(accessLogFormat.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--access-log-format is text or json, not " + accessLogFormat, e);
    }
  }

  private InetSocketAddress adminAddress(String text) {
    InetSocketAddress address = hostAndPort(text);
    if (address == null) {
      throw new ParameterException(spec.commandLine(), "--admin is HOST:PORT or off, not " + text);
    }
    return address;
  }

  /** The address in {@code HOST:PORT}, or null if it is none. */
  private static @Nullable InetSocketAddress hostAndPort(String text) {
    int colon = text.lastIndexOf(':');
    try {
      return new InetSocketAddress(
          InetAddress.getByName(text.substring(0, colon)),
          Integer.parseInt(text.substring(colon + 1)));
    } catch (IndexOutOfBoundsException | IllegalArgumentException | UnknownHostException e) {
      return null;
    }
  }
}
