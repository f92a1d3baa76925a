package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.problem.Severity;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether the HTTPS listeners of a Gateway are to be served over HTTP/3 as well
 * (docs/adr/0009-http3.md).
 *
 * @param faults what is wrong with the wish; the Gateway is served all the same
 */
record Http3(boolean wanted, List<Fault> faults) {
  static final String ANNOTATION = "weir.dev/http3";

  private static final String PATH = "metadata.annotations[" + ANNOTATION + "]";

  static Http3 of(KubeObject<Gateway> gateway, List<ListenerState> listeners) {
    String value = gateway.meta().annotations().get(ANNOTATION);
    if (value == null || value.equals("false")) {
      return new Http3(false, List.of());
    }
    if (!value.equals("true")) {
      return new Http3(
          false,
          List.of(
              Fault.error(
                  ConditionReason.UNSUPPORTED_VALUE,
                  PATH,
                  "is \"%s\"; \"true\" or \"false\" is possible. HTTP/3 stays off"
                      .formatted(value))));
    }
    List<Fault> faults = new ArrayList<>();
    for (ListenerState listener : listeners) {
      if (listener.protocol() != Protocol.HTTPS || listener.tls() == null) {
        continue;
      }
      if (listener.tls().clients() != null) {
        faults.add(left(listener, "HTTP/3 cannot verify certificates of clients"));
      } else if (takesUdp(listeners, listener.spec().port())) {
        faults.add(left(listener, "a UDP listener has the port"));
      }
    }
    return new Http3(true, List.copyOf(faults));
  }

  private static boolean takesUdp(List<ListenerState> listeners, int port) {
    return listeners.stream()
        .anyMatch(other ->
            other.protocol() != null
                && other.protocol().transport() == Transport.UDP
                && other.spec().port() == port);
  }

  private static Fault left(ListenerState listener, String why) {
    return new Fault(
        ConditionReason.UNSUPPORTED_VALUE,
        Severity.WARNING,
        PATH,
        "listener %s is not served over HTTP/3: %s".formatted(listener.spec().name(), why));
  }
}
