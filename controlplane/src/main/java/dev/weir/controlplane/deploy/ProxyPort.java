package dev.weir.controlplane.deploy;

import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.ListenPort;
import dev.weir.controlplane.topology.GatewayTopology.Transport;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A port at which clients reach a Gateway. */
record ProxyPort(int number, Transport transport) {
  /** The ports of the listeners, and those of UDP for HTTP/3. */
  static List<ProxyPort> of(GatewayTopology gateway) {
    Stream<ProxyPort> listeners =
        gateway.ports().stream()
            .map((ListenPort port) -> new ProxyPort(port.port(), port.transport()));
    Stream<ProxyPort> http3 =
        gateway.http3().stream().map(port -> new ProxyPort(port, Transport.UDP));
    return Stream.concat(listeners, http3)
        .distinct()
        .sorted(Comparator.comparingInt(ProxyPort::number).thenComparing(ProxyPort::transport))
        .toList();
  }

  /** Unique in an object, and short enough for a port of a container. */
  String name() {
    return transport.name().toLowerCase(Locale.ROOT) + "-" + number;
  }

  MappingWriter ofContainer() {
    return MappingWriter.mapping()
        .put("name", name())
        .put("containerPort", number)
        .put("protocol", transport.name());
  }

  MappingWriter ofService() {
    return MappingWriter.mapping()
        .put("name", name())
        .put("port", number)
        .put("targetPort", number)
        .put("protocol", transport.name());
  }

  MappingWriter ofPolicy() {
    return MappingWriter.mapping().put("port", number).put("protocol", transport.name());
  }
}
