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
import picocli.CommandLine.Model.OptionSpec;

/** The options of every command that runs a data plane. */
final class DataPlaneArguments {
  private final Usage usage;
  private final OptionSpec admin;
  private final OptionSpec accessLog;
  private final OptionSpec accessLogFormat;
  private final OptionSpec workers;
  private final OptionSpec drainSeconds;
  private final OptionSpec drainDelaySeconds;
  private final OptionSpec sharePorts;
  private final OptionSpec dnsServers;

  DataPlaneArguments(Usage usage) {
    this.usage = usage;
    admin =
        usage.takes(
            Usage.option("--admin", "HOST:PORT|off", String.class)
                .defaultValue("127.0.0.1:15000")
                .description("Where the admin endpoint listens (default: ${DEFAULT-VALUE})."));
    accessLog =
        usage.takes(
            Usage.option("--access-log", "FILE|-|off", String.class)
                .defaultValue("-")
                .description(
                    "Where a line for each request goes; - is standard output, the default."));
    accessLogFormat =
        usage.takes(
            Usage.option("--access-log-format", "text|json", String.class)
                .defaultValue("text")
                .description("How the lines look (default: ${DEFAULT-VALUE})."));
    workers =
        usage.takes(
            Usage.option("--workers", "N", int.class)
                .initialValue(Runtime.getRuntime().availableProcessors())
                .description("Event loops (default: one a core)."));
    drainSeconds =
        usage.takes(
            Usage.option("--drain-seconds", "N", int.class)
                .defaultValue("30")
                .description(
                    "How long running exchanges may take to finish (default: ${DEFAULT-VALUE})."));
    drainDelaySeconds =
        usage.takes(
            Usage.option("--drain-delay-seconds", "N", int.class)
                .description(
                    "How long it goes on taking connections after SIGTERM, not ready any more, so"
                        + " that load",
                    "balancers notice first (default: 0 in run, 5 in proxy)."));
    sharePorts =
        usage.takes(
            Usage.flag("--share-ports")
                .description(
                    "Another Weir of the same user may listen on the same ports; the kernel"
                        + " spreads connections over both."));
    dnsServers =
        usage.takes(
            Usage.option("--dns-server", "IP[:PORT]", List.class)
                .auxiliaryTypes(String.class)
                .initialValue(List.of())
                .description(
                    "Who is asked for the names of backends, the first first; may be repeated."
                        + " Without it the servers of this machine."));
  }

  /**
   * What they say.
   *
   * @param drainDelay unless they say another one
   */
  DataPlaneOptions options(Duration drainDelay) {
    int loops = workers.getValue();
    if (loops < 1) {
      throw usage.wrong("--workers must be at least 1");
    }
    int drain = drainSeconds.getValue();
    if (drain < 0) {
      throw usage.wrong("--drain-seconds must not be negative");
    }
    @Nullable Integer delay = drainDelaySeconds.getValue();
    if (delay != null && delay < 0) {
      throw usage.wrong("--drain-delay-seconds must not be negative");
    }
    String log = accessLog.getValue();
    List<String> servers = dnsServers.getValue();
    return new DataPlaneOptions(
        adminAddress(admin.getValue()),
        log.equals("off") ? null : Path.of(log),
        format(accessLogFormat.getValue()),
        loops,
        delay == null ? drainDelay : Duration.ofSeconds(delay),
        Duration.ofSeconds(drain),
        servers.stream().map(this::dnsServer).toList(),
        sharePorts.getValue());
  }

  private InetSocketAddress dnsServer(String text) {
    InetSocketAddress server =
        IpLiteral.isAddress(text)
            ? new InetSocketAddress(InetAddress.ofLiteral(text), 53)
            : BindAddress.of(text);
    if (server == null) {
      throw usage.wrong("--dns-server is IP or IP:PORT, not " + text);
    }
    return server;
  }

  private AccessLog.Format format(String text) {
    try {
      return AccessLog.Format.valueOf(text.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw usage.wrong("--access-log-format is text or json, not " + text);
    }
  }

  private @Nullable InetSocketAddress adminAddress(String text) {
    if (text.equals("off")) {
      return null;
    }
    InetSocketAddress address = BindAddress.of(text);
    if (address == null) {
      throw usage.wrong("--admin is HOST:PORT or off, not " + text);
    }
    return address;
  }
}
