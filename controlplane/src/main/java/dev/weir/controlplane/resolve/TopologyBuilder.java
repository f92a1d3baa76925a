package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.AttachedListener;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.Beyond;
import dev.weir.controlplane.topology.GatewayTopology.ListenPort;
import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.controlplane.topology.Topology;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Puts together what the proxies are to do. */
final class TopologyBuilder {
  private final Attachments attachments;
  private final Function<ObjectRef, Beyond> beyond;

  /**
   * A builder.
   *
   * @param beyond see {@link GatewayTopology#beyond}, by Gateway
   */
  TopologyBuilder(Attachments attachments, Function<ObjectRef, Beyond> beyond) {
    this.attachments = attachments;
    this.beyond = beyond;
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
        gateway.object().ref(),
        gateway.object().uid(),
        gateway.addresses().bind(),
        gateway.clientCertificate(),
        gateway.http(),
        gateway.http3().ports(),
        beyond.apply(gateway.object().ref()),
        ports);
  }

  private record PortKey(int port, Transport transport) {}

  private List<AttachedListener> attached(List<ListenerState> listeners) {
    List<AttachedListener> attached = new ArrayList<>();
    for (ListenerState listener : listeners) {
      if (listener.serves() && listener.protocol() != null) {
        attached.add(attachments.at(listener.ref()).served(listeners));
      }
    }
    return attached;
  }
}
