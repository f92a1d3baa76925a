package dev.weir.controlplane.resolve;

import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.problem.ObjectRef;
import java.util.List;
import java.util.Map;

/**
 * The addresses that gateways get, decided before resolve so that it stays pure.
 *
 * @param assigned IP addresses of their own, for gateways that leave the choice open; in order of
 *     the entries without value in {@code spec.addresses}. Fewer than wanted: no more were left. A
 *     gateway without an entry may bind every address.
 * @param deployed what gateways are reached at that have machines of their own, as pods are: there
 *     they bind every address, and no other gateway is in their way. Empty: it is not known yet
 * @param everywhere what to show as the address of a gateway that binds every address of the
 *     machine; empty: nothing
 */
public record AddressAllocation(
    Map<ObjectRef, List<String>> assigned,
    Map<ObjectRef, List<GatewayAddress>> deployed,
    List<String> everywhere) {
  /** Nothing assigned, nothing shown. */
  public static final AddressAllocation NONE = new AddressAllocation(Map.of(), List.of());

  public AddressAllocation {
    assigned = Map.copyOf(assigned);
    deployed = Map.copyOf(deployed);
    everywhere = List.copyOf(everywhere);
  }

  /** For gateways of one machine. */
  public AddressAllocation(Map<ObjectRef, List<String>> assigned, List<String> everywhere) {
    this(assigned, Map.of(), everywhere);
  }
}
