package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.AttachedListener;
import dev.weir.controlplane.topology.AttachedListener.HttpListener;
import dev.weir.controlplane.topology.AttachedListener.StreamListener;
import dev.weir.controlplane.topology.AttachedListener.TlsListener;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.ListenPort;
import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.controlplane.topology.Topology;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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
        gateway.object().ref(),
        gateway.object().meta().uid(),
        gateway.addresses().bind(),
        gateway.clientCertificate(),
        gateway.http(),
        gateway.http3().ports(),
        ports);
  }

  private record PortKey(int port, Transport transport) {}

  private List<AttachedListener> attached(List<ListenerState> listeners) {
    List<AttachedListener> attached = new ArrayList<>();
    for (ListenerState listener : listeners) {
      if (listener.serves() && listener.protocol() != null) {
        Collection<Attachment> routes = attachments.at(listener.ref());
        attached.add(
            switch (listener.protocol()) {
              case HTTP, HTTPS -> http(listener, listeners, routes);
              case TLS -> tls(listener, listeners, routes);
              case TCP, UDP -> new StreamListener(listener.ref(), StreamTable.all(routes));
            });
      }
    }
    return attached;
  }

  private static HttpListener http(
      ListenerState listener, List<ListenerState> samePort, Collection<Attachment> routes) {
    Neighbours neighbours =
        Neighbours.of(listener, samePort, other -> other.protocol() == listener.protocol());
    if (listener.tls() == null) {
      return new HttpListener(
          listener.ref(), listener.hostname(), null, HostTable.of(neighbours, routes), Set.of());
    }
    // What is vacant is misdirected as well.
    Neighbours served = new Neighbours(neighbours.own(), neighbours.others(), Set.of());
    return new HttpListener(
        listener.ref(),
        listener.hostname(),
        listener.tls(),
        HostTable.of(served, routes),
        neighbours.others());
  }

  private static TlsListener tls(
      ListenerState listener, List<ListenerState> samePort, Collection<Attachment> routes) {
    // HTTPS listeners of the port are chosen by server name, too.
    Neighbours neighbours =
        Neighbours.of(
            listener,
            samePort,
            other ->
                other.protocol() != null
                    && other.protocol().sorting() == Protocol.Sorting.SERVER_NAME);
    return new TlsListener(
        listener.ref(), listener.hostname(), listener.tls(), StreamTable.of(neighbours, routes));
  }
}
