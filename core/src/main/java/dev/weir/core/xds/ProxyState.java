package dev.weir.core.xds;

import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.Applied.BindFailure;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is known of one proxy that is connected: which Gateways it serves, and its answers so far.
 *
 * @param node its name
 * @param gateways the Gateways whose resources it gets
 * @param verdicts its last answer to each resource that it was sent, for the version that it judged
 * @param unbound listen addresses that it could not bind
 */
public record ProxyState(
    String node,
    Set<ObjectRef> gateways,
    Map<ResourceKey, Verdict> verdicts,
    List<BindFailure> unbound) {

  public ProxyState {
    gateways = Set.copyOf(gateways);
    verdicts = Map.copyOf(verdicts);
    unbound = List.copyOf(unbound);
  }
}
