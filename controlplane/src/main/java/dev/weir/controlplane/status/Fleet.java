package dev.weir.controlplane.status;

import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.Applied;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.XdsSnapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The proxies of all Gateways at one moment.
 *
 * @param wanted what those of each Gateway are to run
 * @param proxies those that are connected, with their answers so far
 */
public record Fleet(Map<ObjectRef, XdsSnapshot> wanted, List<ProxyState> proxies) {
  /** No proxy, and nothing to run. */
  public static final Fleet NONE = new Fleet(Map.of(), List.of());

  public Fleet {
    wanted = Map.copyOf(wanted);
    proxies = List.copyOf(proxies);
  }

  /** A proxy in the same process, which serves all Gateways and has no name. */
  public static Fleet of(Map<ObjectRef, XdsSnapshot> wanted, Applied answer) {
    return new Fleet(
        wanted,
        List.of(new ProxyState("", wanted.keySet(), answer.verdicts(), answer.bindFailures())));
  }

  /** Whether every proxy has answered to all that it is to run: nothing more is to be expected. */
  public boolean settled() {
    return wanted.keySet().stream().allMatch(gateway -> new GatewayFleet(gateway, this).settled());
  }

  Map<ObjectRef, GatewayFleet> byGateway() {
    Map<ObjectRef, GatewayFleet> fleets = new HashMap<>();
    wanted.keySet().forEach(gateway -> fleets.put(gateway, new GatewayFleet(gateway, this)));
    return fleets;
  }
}
