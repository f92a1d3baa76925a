package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.core.problem.Severity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the HTTPS listeners of a Gateway are served over HTTP/3 as well (docs/adr/0009-http3.md).
 *
 * @param ports of the listeners
 * @param faults what is wrong with the wish; the Gateway is served all the same
 */
record Http3(Set<Integer> ports, List<Fault> faults) {
  /** Not asked for. */
  static final Http3 OFF = new Http3(Set.of(), List.of());

  Http3 {
    ports = Set.copyOf(ports);
    faults = List.copyOf(faults);
  }

  /**
   * Claims the ports of UDP, after the listeners have claimed theirs.
   *
   * @param path of the field that asks for it
   */
  static Http3 of(String path, List<ListenerState> listeners, PortClaims claims) {
    Set<Integer> ports = new HashSet<>();
    List<Fault> faults = new ArrayList<>();
    for (ListenerState listener : listeners) {
      if (listener.protocol() != Protocol.HTTPS || listener.tls() == null) {
        continue;
      }
      int port = listener.spec().port();
      String obstacle = obstacle(port, listeners, claims);
      if (obstacle == null) {
        ports.add(port);
      } else {
        faults.add(
            new Fault(
                ConditionReason.UNSUPPORTED_VALUE,
                Severity.WARNING,
                path,
                "listener %s is not served over HTTP/3: %s"
                    .formatted(listener.spec().name(), obstacle)));
      }
    }
    return new Http3(ports, faults);
  }

  private static @Nullable String obstacle(
      int port, List<ListenerState> listeners, PortClaims claims) {
    for (ListenerState other : listeners) {
      if (other.spec().port() != port) {
        continue;
      }
      if (other.tls() != null && other.tls().clients() != null) {
        return "HTTP/3 cannot verify certificates of clients";
      }
      if (other.protocol() != null && other.protocol().transport() == Transport.UDP) {
        return "a UDP listener has the port";
      }
    }
    return claims.holder(port, Transport.UDP);
  }
}
