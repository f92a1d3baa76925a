package dev.weir.dataplane;

import dev.weir.proxy.observe.AccessLog;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the data plane of a process runs.
 *
 * @param admin where the admin endpoint listens, or null for none
 * @param accessLog where access-log lines go, or null for none
 * @param accessLogFormat how they look
 * @param workers event loops
 * @param drainDelay how long it goes on taking connections after it said that it is not ready
 * @param drain how long running exchanges may take to finish when the process stops or a listener
 *     goes away
 * @param dnsServers who is asked for the names of backends, the first first; empty for the servers
 *     of this machine
 * @param sharePorts whether another Weir of this user may listen where this one does
 */
public record DataPlaneOptions(
    @Nullable InetSocketAddress admin,
    @Nullable Path accessLog,
    AccessLog.Format accessLogFormat,
    int workers,
    Duration drainDelay,
    Duration drain,
    List<InetSocketAddress> dnsServers,
    boolean sharePorts) {

  /** Stands for standard output as {@link #accessLog}. */
  public static final Path STDOUT = Path.of("-");

  /** Quiet, without admin endpoint: for tests. */
  public static final DataPlaneOptions QUIET =
      new DataPlaneOptions(
          null,
          null,
          AccessLog.Format.TEXT,
          Runtime.getRuntime().availableProcessors(),
          Duration.ZERO,
          Duration.ofSeconds(30),
          List.of(),
          false);

  public DataPlaneOptions {
    dnsServers = List.copyOf(dnsServers);
  }

  /** The same with an admin endpoint. */
  public DataPlaneOptions withAdmin(InetSocketAddress address) {
    return new DataPlaneOptions(
        address, accessLog, accessLogFormat, workers, drainDelay, drain, dnsServers, sharePorts);
  }

  /** The same with an access log. */
  public DataPlaneOptions withAccessLog(Path file, AccessLog.Format format) {
    return new DataPlaneOptions(
        admin, file, format, workers, drainDelay, drain, dnsServers, sharePorts);
  }

  /** The same with other times to stop. */
  public DataPlaneOptions withDrain(Duration delay, Duration limit) {
    return new DataPlaneOptions(
        admin, accessLog, accessLogFormat, workers, delay, limit, dnsServers, sharePorts);
  }

  /** The same with these DNS servers. */
  public DataPlaneOptions withDnsServers(List<InetSocketAddress> servers) {
    return new DataPlaneOptions(
        admin, accessLog, accessLogFormat, workers, drainDelay, drain, servers, sharePorts);
  }

  /** The same, beside others. */
  public DataPlaneOptions withSharedPorts() {
    return new DataPlaneOptions(
        admin, accessLog, accessLogFormat, workers, drainDelay, drain, dnsServers, true);
  }
}
