package dev.weir.standalone;

import dev.weir.proxy.observe.AccessLog;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a standalone gateway runs.
 *
 * @param directories where the YAML is
 * @param addressPool range from which Gateways without addresses get one each, or null: they bind
 *     all addresses
 * @param admin where the admin endpoint listens, or null for none
 * @param accessLog where access-log lines go, or null for none
 * @param accessLogFormat how they look
 * @param workers event loops
 * @param drain how long running exchanges may take to finish when the gateway stops or a listener
 *     goes away
 * @param dnsServers who is asked for the names of backends, the first first; empty for the servers
 *     of this machine
 */
public record StandaloneOptions(
    List<Path> directories,
    @Nullable String addressPool,
    @Nullable InetSocketAddress admin,
    @Nullable Path accessLog,
    AccessLog.Format accessLogFormat,
    int workers,
    Duration drain,
    List<InetSocketAddress> dnsServers) {

  /** Stands for standard output as {@link #accessLog}. */
  public static final Path STDOUT = Path.of("-");

  /** Where the admin endpoint listens unless told otherwise. */
  public static final InetSocketAddress ADMIN =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 15000);

  public StandaloneOptions {
    directories = List.copyOf(directories);
    dnsServers = List.copyOf(dnsServers);
  }

  /** Quiet, without pool and admin endpoint: for tests. */
  public static StandaloneOptions of(List<Path> directories) {
    return new StandaloneOptions(
        directories,
        null,
        null,
        null,
        AccessLog.Format.TEXT,
        Runtime.getRuntime().availableProcessors(),
        Duration.ofSeconds(30),
        List.of());
  }

  /** The same with a pool. */
  public StandaloneOptions withAddressPool(String cidr) {
    return new StandaloneOptions(
        directories, cidr, admin, accessLog, accessLogFormat, workers, drain, dnsServers);
  }

  /** The same with an admin endpoint. */
  public StandaloneOptions withAdmin(InetSocketAddress address) {
    return new StandaloneOptions(
        directories, addressPool, address, accessLog, accessLogFormat, workers, drain, dnsServers);
  }

  /** The same with these DNS servers. */
  public StandaloneOptions withDnsServers(List<InetSocketAddress> servers) {
    return new StandaloneOptions(
        directories, addressPool, admin, accessLog, accessLogFormat, workers, drain, servers);
  }

  /** The same with an access log. */
  public StandaloneOptions withAccessLog(Path file, AccessLog.Format format) {
    return new StandaloneOptions(
        directories, addressPool, admin, file, format, workers, drain, dnsServers);
  }

  /** The same with another time to drain. */
  public StandaloneOptions withDrain(Duration limit) {
    return new StandaloneOptions(
        directories, addressPool, admin, accessLog, accessLogFormat, workers, limit, dnsServers);
  }
}
