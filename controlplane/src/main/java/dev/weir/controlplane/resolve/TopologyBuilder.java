package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.AttachedListener;
import dev.weir.controlplane.topology.AttachedListener.HttpListener;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.ListenPort;
import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.controlplane.topology.HostRoutes;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.Topology;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Puts together what the proxies are to do. */
final class TopologyBuilder {
  private final Attachments attachments;

  TopologyBuilder(Attachments attachments) {
    this.attachments = attachments;
  }

  Topology build(Collection<GatewayState> gateways) {
    return new Topology(
        gateways.stream()
            .filter(GatewayState::serves)
            .map(this::gateway)
            .sorted(
                Comparator.comparing((GatewayTopology gateway) -> gateway.gateway().namespace())
                    .thenComparing(gateway -> gateway.gateway().name()))
            .toList());
  }

  private GatewayTopology gateway(GatewayState gateway) {
    Map<PortKey, List<ListenerState>> byPort =
        new TreeMap<>(Comparator.comparingInt(PortKey::port).thenComparing(PortKey::transport));
    for (ListenerState listener : gateway.listeners()) {
      if (listener.protocol() != null) {
        byPort
            .computeIfAbsent(
                new PortKey(listener.spec().port(), listener.protocol().transport()),
                key -> new ArrayList<>())
            .add(listener);
      }
    }
    List<ListenPort> ports = new ArrayList<>();
    byPort.forEach((key, listeners) -> {
      if (listeners.stream().anyMatch(ListenerState::serves)) {
        ports.add(new ListenPort(key.port, key.transport, attached(listeners)));
      }
    });
    return new GatewayTopology(
        gateway.object().ref(), gateway.addresses().bind(), gateway.clientCertificate(), ports);
  }

  private record PortKey(int port, Transport transport) {}

  private List<AttachedListener> attached(List<ListenerState> listeners) {
    List<AttachedListener> attached = new ArrayList<>();
    for (ListenerState listener : listeners) {
      if (listener.serves() && listener.protocol() != null) {
        switch (listener.protocol()) {
          case HTTP, HTTPS -> attached.add(http(listener, listeners));
          case TLS, TCP, UDP -> {}
        }
      }
    }
    return attached;
  }

  private HttpListener http(ListenerState listener, List<ListenerState> samePort) {
    Set<Hostname> others = others(listener, samePort);
    boolean tls = listener.tls() != null;
    List<HostRoutes> hosts =
        HostTable.of(
            listener.hostname(),
            others,
            tls ? Set.of() : vacant(listener, samePort),
            attachments.at(listener.ref()));
    return new HttpListener(
        listener.ref(), listener.hostname(), listener.tls(), hosts, tls ? others : Set.of());
  }

  /**
   * The hostnames of the other listeners of the same protocol, also of those that cannot serve:
   * what is theirs must not be answered by a broader listener.
   */
  private static Set<Hostname> others(ListenerState listener, List<ListenerState> samePort) {
    Set<Hostname> hostnames = new HashSet<>();
    for (ListenerState other : samePort) {
      if (other.protocol() == listener.protocol()) {
        hostnames.add(other.hostname());
      }
    }
    hostnames.remove(listener.hostname());
    return hostnames;
  }

  /** Hostnames of listeners that cannot serve, for which this one would be the next. */
  private static Set<Hostname> vacant(ListenerState listener, List<ListenerState> samePort) {
    Set<Hostname> served = new HashSet<>();
    Set<Hostname> unserved = new HashSet<>();
    for (ListenerState other : samePort) {
      if (other.protocol() == listener.protocol()) {
        (other.serves() ? served : unserved).add(other.hostname());
      }
    }
    unserved.removeIf(hostname ->
        served.contains(hostname)
            || !hostname.wider().stream()
                .filter(served::contains)
                .findFirst()
                .equals(Optional.of(listener.hostname())));
    return unserved;
  }
}
