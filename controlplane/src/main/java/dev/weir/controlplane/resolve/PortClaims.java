package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.core.problem.ObjectRef;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which gateway has which port of which address, on one machine: the oldest that asks. A gateway
 * that binds every address and one that binds a certain one are not in each other's way: the kernel
 * gives connections to the more specific socket.
 */
final class PortClaims {
  private static final String EVERYWHERE = "*";

  private final Map<Claim, ObjectRef> holders;
  private final ObjectRef gateway;
  private final List<String> addresses;

  private record Claim(String address, Transport transport, int port) {}

  private PortClaims(Map<Claim, ObjectRef> holders, ObjectRef gateway, List<String> addresses) {
    this.holders = holders;
    this.gateway = gateway;
    this.addresses = addresses;
  }

  /** No claim yet. */
  PortClaims() {
    this(new HashMap<>(), new ObjectRef("", "", "", ""), List.of());
  }

  /** The same claims, from the view of a gateway. Gateways must ask in order of age. */
  PortClaims of(ObjectRef gateway, List<String> addresses) {
    return new PortClaims(holders, gateway, addresses.isEmpty() ? List.of(EVERYWHERE) : addresses);
  }

  /** Claims a port on all addresses of the gateway; a fault if another gateway has it. */
  @Nullable Fault taken(int port, Protocol protocol, String path) {
    String holder = holder(port, protocol.transport());
    return holder == null
        ? null
        : Fault.error(
            ConditionReason.PORT_UNAVAILABLE,
            path + ".port",
            holder + ": choose another port or another address");
  }

  /** Claims a port on all addresses of the gateway; says who has it if another gateway has. */
  @Nullable String holder(int port, Transport transport) {
    for (String address : addresses) {
      ObjectRef holder = holders.putIfAbsent(new Claim(address, transport, port), gateway);
      if (holder != null && !holder.equals(gateway)) {
        return "the older %s has port %d on %s"
            .formatted(holder, port, address.equals(EVERYWHERE) ? "all addresses" : address);
      }
    }
    return null;
  }
}
