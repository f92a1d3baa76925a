package dev.weir.standalone;

import dev.weir.dataplane.DataPlaneOptions;
import dev.weir.proxy.observe.AccessLog;
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
 * @param dataPlane the rest
 */
public record StandaloneOptions(
    List<Path> directories, @Nullable String addressPool, DataPlaneOptions dataPlane) {

  public StandaloneOptions {
    directories = List.copyOf(directories);
  }

  /** Quiet, without pool and admin endpoint: for tests. */
  public static StandaloneOptions of(List<Path> directories) {
    return new StandaloneOptions(directories, null, DataPlaneOptions.QUIET);
  }

  /** The same with a pool. */
  public StandaloneOptions withAddressPool(String cidr) {
    return new StandaloneOptions(directories, cidr, dataPlane);
  }

  private StandaloneOptions with(DataPlaneOptions other) {
    return new StandaloneOptions(directories, addressPool, other);
  }

  /** The same with an admin endpoint. */
  public StandaloneOptions withAdmin(InetSocketAddress address) {
    return with(dataPlane.withAdmin(address));
  }

  /** The same with these DNS servers. */
  public StandaloneOptions withDnsServers(List<InetSocketAddress> servers) {
    return with(dataPlane.withDnsServers(servers));
  }

  /** The same with an access log. */
  public StandaloneOptions withAccessLog(Path file, AccessLog.Format format) {
    return with(dataPlane.withAccessLog(file, format));
  }

  /** The same with another time to drain. */
  public StandaloneOptions withDrain(Duration limit) {
    return with(dataPlane.withDrain(dataPlane.drainDelay(), limit));
  }
}
