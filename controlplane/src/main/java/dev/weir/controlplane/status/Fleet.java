package dev.weir.controlplane.status;

import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.Applied;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.XdsSnapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The proxies of all Gateways at one moment: what they are to run, and their answers so far. */
public final class Fleet {
  /** No proxy, and nothing to run. */
  public static final Fleet NONE = new Fleet(Map.of(), List.of());

  private final List<ProxyState> proxies;
  private final Map<ObjectRef, GatewayFleet> byGateway = new HashMap<>();

  /**
   * A fleet.
   *
   * @param wanted what the proxies of each Gateway are to run
   * @param proxies those that are connected
   */
  public Fleet(Map<ObjectRef, XdsSnapshot> wanted, List<ProxyState> proxies) {
    this.proxies = List.copyOf(proxies);
    wanted.forEach((gateway, snapshot) ->
        byGateway.put(gateway, new GatewayFleet(gateway, snapshot, this.proxies)));
  }

  /** A proxy in the same process, which serves all Gateways and has no name. */
  public static Fleet of(Map<ObjectRef, XdsSnapshot> wanted, Applied answer) {
    return new Fleet(
        wanted,
        List.of(new ProxyState("", wanted.keySet(), answer.verdicts(), answer.bindFailures())));
  }

  /** The proxies that are connected. */
  public List<ProxyState> proxies() {
    return proxies;
  }

  /** Whether every proxy has answered to all that it is to run: nothing more is to be expected. */
  public boolean settled() {
    return byGateway.values().stream().allMatch(GatewayFleet::settled);
  }

  Map<ObjectRef, GatewayFleet> byGateway() {
    return byGateway;
  }
}
