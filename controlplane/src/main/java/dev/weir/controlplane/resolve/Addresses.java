package dev.weir.controlplane.resolve;

import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one gateway.
 *
 * @param bind IP addresses to listen on; empty: every address of the machine, unless {@link
 *     #nowhere}
 * @param requested those of {@code bind} that the spec names
 * @param shown what status shows
 * @param unsupported addresses of a type that there is none of: the gateway is not accepted
 * @param unassigned addresses that nobody assigned: it is not programmed
 * @param apart whether it has machines of its own, where it binds every address
 */
record Addresses(
    List<String> bind,
    List<String> requested,
    List<GatewayAddress> shown,
    List<Fault> unsupported,
    @Nullable Fault unassigned,
    boolean apart) {

  private static final String IP_ADDRESS = "IPAddress";

  /** Whether there is nothing to listen on: the pool had no address left. */
  boolean nowhere() {
    return bind.isEmpty() && unassigned != null && !apart;
  }

  static Addresses of(KubeObject<Gateway> gateway, AddressAllocation allocation) {
    List<GatewayAddress> wishes = gateway.spec().addresses();
    List<GatewayAddress> deployed = allocation.deployed().get(gateway.ref());
    List<String> assigned = allocation.assigned().getOrDefault(gateway.ref(), List.of());
    List<String> requested = new ArrayList<>();
    List<Fault> unsupported = new ArrayList<>();
    int open = 0;
    for (int i = 0; i < wishes.size(); i++) {
      GatewayAddress wish = wishes.get(i);
      if (!wish.type().equals(IP_ADDRESS)) {
        unsupported.add(
            Fault.error(
                ConditionReason.UNSUPPORTED_ADDRESS,
                "spec.addresses[" + i + "].type",
                "%s is not supported: use IPAddress".formatted(wish.type())));
      } else if (wish.value() == null || wish.value().isEmpty()) {
        open++;
      } else {
        requested.add(wish.value());
      }
    }
    if (deployed != null) {
      return deployed(requested, deployed, unsupported);
    }
    List<String> bind = new ArrayList<>(requested);
    Iterator<String> free = assigned.iterator();
    for (int left = wishes.isEmpty() ? assigned.size() : open; left > 0 && free.hasNext(); left--) {
      bind.add(free.next());
      open--;
    }
    // Without a pool, an open wish beside named addresses cannot be granted; alone it means all.
    boolean pooled = allocation.assigned().containsKey(gateway.ref());
    boolean wanting = wishes.isEmpty() || open > 0;
    Fault unassigned =
        (bind.isEmpty() ? pooled && wanting : open > 0)
            ? Fault.error(
                ConditionReason.ADDRESS_NOT_ASSIGNED,
                "spec.addresses",
                "no address is left to assign: name the addresses, or give a larger pool")
            : null;
    boolean everywhere = bind.isEmpty() && unassigned == null;
    List<String> shown = everywhere ? allocation.everywhere() : bind;
    return new Addresses(
        List.copyOf(bind),
        List.copyOf(requested),
        shown.stream().map(address -> new GatewayAddress(IP_ADDRESS, address)).toList(),
        unsupported,
        unassigned,
        false);
  }

  /** Of a gateway whose proxies are behind a Service: what that has counts. */
  private static Addresses deployed(
      List<String> requested, List<GatewayAddress> reached, List<Fault> unsupported) {
    List<String> missing =
        requested.stream()
            .filter(ip -> reached.stream().noneMatch(address -> ip.equals(address.value())))
            .toList();
    Fault fault = null;
    if (reached.isEmpty()) {
      fault =
          Fault.dangling(
              ConditionReason.ADDRESS_NOT_ASSIGNED,
              "spec.addresses",
              "the Service of the gateway has no address yet: see its Events if this lasts");
    } else if (!missing.isEmpty()) {
      fault =
          Fault.error(
              ConditionReason.ADDRESS_NOT_USABLE,
              "spec.addresses",
              "the Service of the gateway did not get %s: name others, or none"
                  .formatted(String.join(", ", missing)));
    }
    return new Addresses(List.of(), List.of(), List.copyOf(reached), unsupported, fault, true);
  }
}
