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
 * @param state where to keep what runs, or null: then the next start reads the files first
 * @param dataPlane the rest
 */
public record StandaloneOptions(
    List<Path> directories,
    @Nullable String addressPool,
    @Nullable State state,
    DataPlaneOptions dataPlane) {

  /**
   * A directory for what runs.
   *
   * @param version of Weir; what another one stored is not used
   */
  public record State(Path directory, String version) {}

  public StandaloneOptions {
    directories = List.copyOf(directories);
  }

  /** Quiet, without pool, state and admin endpoint: for tests. */
  public static StandaloneOptions of(List<Path> directories) {
    return new StandaloneOptions(directories, null, null, DataPlaneOptions.QUIET);
  }

  /** The same with a pool. */
  public StandaloneOptions withAddressPool(String cidr) {
    return new StandaloneOptions(directories, cidr, state, dataPlane);
  }

  /** The same with a directory for what runs. */
  public StandaloneOptions withState(State where) {
    return new StandaloneOptions(directories, addressPool, where, dataPlane);
  }

  private StandaloneOptions with(DataPlaneOptions other) {
    return new StandaloneOptions(directories, addressPool, state, other);
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
