package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.core.api.IpLiteral;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.api.k8s.ServiceImport;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What Services and ServiceImports have in common.
 *
 * @param anyFamily whether addresses of both families stand for different endpoints, not for the
 *     same pods twice
 * @param prefersV6 whether IPv6 addresses are taken where pods have both
 */
record ServicePorts(List<Service.Port> ports, boolean anyFamily, boolean prefersV6) {

  static ServicePorts of(Service service) {
    String first =
        service.clusterIPs().isEmpty() ? service.clusterIP() : service.clusterIPs().getFirst();
    return new ServicePorts(
        service.ports(), service.selector().isEmpty(), first != null && IpLiteral.isV6(first));
  }

  static ServicePorts of(ServiceImport service) {
    return new ServicePorts(
        service.ports().stream()
            .map(port ->
                new Service.Port(
                    port.name(), port.protocol(), port.port(), null, null, port.appProtocol()))
            .toList(),
        false,
        !service.ips().isEmpty() && IpLiteral.isV6(service.ips().getFirst()));
  }

  /** The port of that number, or null. */
  Service.@Nullable Port port(int number, Transport transport) {
    return ports.stream()
        .filter(port -> port.port() == number && port.protocol().equals(transport.name()))
        .findFirst()
        .orElse(null);
  }

  /** All ports, for people. */
  String text() {
    return ports.isEmpty()
        ? "no port at all"
        : ports.stream()
            .map(port -> port.port() + "/" + port.protocol())
            .collect(Collectors.joining(", "));
  }
}
