package dev.weir.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The gateway that is tested. Its methods may be called from any thread. */
public interface GatewayUnderTest extends AutoCloseable {
  /** How to start one. */
  interface Launcher {
    /**
     * Starts a gateway that follows the YAML files of a directory.
     *
     * @param addressPool where Gateways without addresses of their own get one, in CIDR notation
     * @throws IOException if it does not start
     */
    GatewayUnderTest start(Path directory, String addressPool) throws IOException;
  }

  /**
   * What the gateway knows of an object: {@code metadata.generation} and {@code status}, of the
   * same moment; null if it has none, or not yet.
   *
   * @param namespace null for cluster-scoped kinds
   */
  @Nullable JsonNode object(String kind, @Nullable String namespace, String name);

  /** Objects that it made for Gateways (Pod, Service, ServiceAccount), of a kind and namespace. */
  default List<JsonNode> generated(String kind, String namespace) {
    return List.of();
  }

  @Override
  void close();
}
