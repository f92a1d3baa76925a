package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
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
  static final String ANNOTATION = "weir.dev/http3";

  private static final String PATH = "metadata.annotations[" + ANNOTATION + "]";

  Http3 {
    ports = Set.copyOf(ports);
    faults = List.copyOf(faults);
  }

  /** Claims the ports of UDP, after the listeners have claimed theirs. */
  static Http3 of(KubeObject<Gateway> gateway, List<ListenerState> listeners, PortClaims claims) {
    String value = gateway.meta().annotations().get(ANNOTATION);
    if (value == null || value.equals("false")) {
      return new Http3(Set.of(), List.of());
    }
    if (!value.equals("true")) {
      return new Http3(
          Set.of(),
          List.of(
              Fault.error(
                  ConditionReason.UNSUPPORTED_VALUE,
                  PATH,
                  "is \"%s\"; \"true\" or \"false\" is possible. HTTP/3 stays off"
                      .formatted(value))));
    }
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
                PATH,
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
