package dev.weir.cli;

import dev.weir.core.api.IpLiteral;
import dev.weir.dataplane.DataPlaneOptions;
import dev.weir.proxy.observe.AccessLog;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of every command that runs a data plane. */
final class DataPlaneArguments {
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
      names = "--drain-delay-seconds",
      paramLabel = "N",
      description = {
        "How long it goes on taking connections after SIGTERM, not ready any more, so that load",
        "balancers notice first (default: 0 in run, 5 in proxy)."
      })
  private @Nullable Integer drainDelaySeconds;

  @Option(
      names = "--share-ports",
      description =
          "Another Weir of the same user may listen on the same ports; the kernel spreads "
              + "connections over both.")
  private boolean sharePorts;

  @Option(
      names = "--dns-server",
      paramLabel = "IP[:PORT]",
      description =
          "Who is asked for the names of backends, the first first; may be repeated. Without it the "
              + "servers of this machine.")
  private List<String> dnsServers = List.of();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /**
   * What they say.
   *
   * @param drainDelay unless they say another one
   */
  DataPlaneOptions options(Duration drainDelay) {
    if (workers < 1) {
      throw wrong("--workers must be at least 1");
    }
    if (drainSeconds < 0) {
      throw wrong("--drain-seconds must not be negative");
    }
    if (drainDelaySeconds != null && drainDelaySeconds < 0) {
      throw wrong("--drain-delay-seconds must not be negative");
    }
    return new DataPlaneOptions(
        admin.equals("off") ? null : adminAddress(admin),
        accessLog.equals("off") ? null : Path.of(accessLog),
        format(),
        workers,
        drainDelaySeconds == null ? drainDelay : Duration.ofSeconds(drainDelaySeconds),
        Duration.ofSeconds(drainSeconds),
        dnsServers.stream().map(this::dnsServer).toList(),
        sharePorts);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private InetSocketAddress dnsServer(String text) {
    InetSocketAddress server =
        IpLiteral.isAddress(text)
            ? new InetSocketAddress(InetAddress.ofLiteral(text), 53)
            : BindAddress.of(text);
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
    InetSocketAddress address = BindAddress.of(text);
    if (address == null) {
      throw new ParameterException(spec.commandLine(), "--admin is HOST:PORT or off, not " + text);
    }
    return address;
  }
}
