package dev.weir.standalone;

import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.problem.ObjectRef;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides which addresses the Gateways of this machine get. On one thread. */
final class Addresses {
  private final @Nullable AddressPool pool;
  private final List<String> everywhere;

  /** With a pool, Gateways that leave the choice open get an address of it; else all. */
  Addresses(@Nullable AddressPool pool) {
    this.pool = pool;
    this.everywhere = List.of(shownForAll());
  }

  AddressAllocation allocate(ClusterState state) {
    if (pool == null) {
      return new AddressAllocation(Map.of(), everywhere);
    }
    Set<ObjectRef> owners = new HashSet<>();
    Set<String> named = new HashSet<>();
    for (KubeObject<Gateway> gateway : state.objects(Gateway.TYPE)) {
      owners.add(gateway.ref());
      for (GatewayAddress address : gateway.spec().addresses()) {
        if (address.value() != null) {
          named.add(address.value());
        }
      }
    }
    pool.retain(owners);
    Map<ObjectRef, List<String>> assigned = new HashMap<>();
    for (KubeObject<Gateway> gateway : state.objects(Gateway.TYPE)) {
      List<String> addresses = new ArrayList<>();
      for (int i = 0; i < wanted(gateway.spec()); i++) {
        pool.address(new AddressPool.Claim(gateway.ref(), i), named).ifPresent(addresses::add);
      }
      assigned.put(gateway.ref(), addresses);
    }
    return new AddressAllocation(assigned, everywhere);
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
