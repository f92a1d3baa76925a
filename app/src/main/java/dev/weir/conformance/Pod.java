package dev.weir.conformance;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A running echo backend.
 *
 * @param sockets what it listens on
 */
record Pod(
    Ref deployment,
    String name,
    String address,
    Map<String, String> labels,
    List<NamedPort> namedPorts,
    List<InetSocketAddress> sockets) {

  record NamedPort(String name, int port) {}

  /** The port that a Service's targetPort of that name means; null if it has none. */
  @Nullable Integer port(String name) {
    for (NamedPort port : namedPorts) {
      if (port.name().equals(name)) {
        return port.port();
      }
    }
    return null;
  }

  boolean matches(Map<String, String> selector) {
    return !selector.isEmpty() && labels.entrySet().containsAll(selector.entrySet());
  }
}
