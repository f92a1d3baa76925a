package dev.weir.addresses;

import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.resolve.EffectiveParameters;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.api.weir.GatewayParameters;
import dev.weir.core.problem.ObjectRef;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides which addresses Gateways get that leave the choice open. On one thread. */
public final class Addresses {
  private final @Nullable AddressPool forAll;
  private final Map<String, AddressPool> ofParameters = new HashMap<>();
  private final List<String> everywhere;

  /**
   * Gateways that leave the choice open get an address of a pool; those without a pool all.
   *
   * @param forAll whatever their GatewayParameters say, or null: what these say
   */
  public Addresses(@Nullable AddressPool forAll) {
    this.forAll = forAll;
    this.everywhere = List.of(shownForAll());
  }

  /** The addresses of the Gateways of this machine. */
  public AddressAllocation allocate(ClusterState state) {
    return allocate(state, Map.of());
  }

  /**
   * The addresses of Gateways.
   *
   * @param before which a Gateway had, as its status says: it keeps them unless they were given to
   *     another, so that a controller that starts moves nothing
   */
  public AddressAllocation allocate(ClusterState state, Map<ObjectRef, List<String>> before) {
    Map<AddressPool, Set<ObjectRef>> owners = new HashMap<>();
    Map<ObjectRef, AddressPool> pools = new LinkedHashMap<>();
    Set<String> named = new HashSet<>();
    EffectiveParameters parameters = new EffectiveParameters(state);
    for (KubeObject<Gateway> gateway : state.objects(Gateway.TYPE)) {
      AddressPool pool = pool(parameters.of(gateway));
      if (pool != null) {
        pools.put(gateway.ref(), pool);
        owners.computeIfAbsent(pool, key -> new HashSet<>()).add(gateway.ref());
      }
      for (GatewayAddress address : gateway.spec().addresses()) {
        if (address.value() != null) {
          named.add(address.value());
        }
      }
    }
    ofParameters.values().removeIf(pool -> !owners.containsKey(pool));
    owners.forEach(AddressPool::retain);
    pools.forEach((gateway, pool) -> {
      int index = 0;
      for (String address : before.getOrDefault(gateway, List.of())) {
        if (!named.contains(address)) {
          pool.restore(new AddressPool.Claim(gateway, index++), address);
        }
      }
    });
    Map<ObjectRef, List<String>> assigned = new HashMap<>();
    for (KubeObject<Gateway> gateway : state.objects(Gateway.TYPE)) {
      AddressPool pool = pools.get(gateway.ref());
      if (pool != null) {
        assigned.put(gateway.ref(), addresses(gateway, pool, named));
      }
    }
    return new AddressAllocation(assigned, everywhere);
  }

  private @Nullable AddressPool pool(GatewayParameters parameters) {
    GatewayParameters.Host host = parameters.host();
    if (forAll != null || host == null || host.addressPool() == null) {
      return forAll;
    }
    return ofParameters.computeIfAbsent(host.addressPool(), AddressPool::of);
  }

  private static List<String> addresses(
      KubeObject<Gateway> gateway, AddressPool pool, Set<String> named) {
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < wanted(gateway.spec()); i++) {
      pool.address(new AddressPool.Claim(gateway.ref(), i), named).ifPresent(addresses::add);
    }
    return addresses;
  }

  private static int wanted(Gateway gateway) {
    if (gateway.addresses().isEmpty()) {
      return 1;
    }
    return (int)
        gateway.addresses().stream()
            .filter(address -> address.value() == null || address.value().isEmpty())
            .count();
  }

  /** One address by which others may reach this machine; loopback if it has no other. */
  private static String shownForAll() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .map(InetAddress::getHostAddress)
          .filter(address -> !address.contains(":"))
          .findFirst()
          .orElse("127.0.0.1");
    } catch (SocketException e) {
      return "127.0.0.1";
    }
  }
}
