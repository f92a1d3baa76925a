package dev.weir.controlplane.serve;

import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.XdsSnapshot;
import java.util.Map;
import java.util.Set;

/**
 * What proxies are to run.
 *
 * @param gateways the resources of each Gateway
 * @param classes the Gateways of each GatewayClass in host mode, by name of the class
 */
public record Publication(
    Map<ObjectRef, XdsSnapshot> gateways, Map<String, Set<ObjectRef>> classes) {

  public Publication {
    gateways = Map.copyOf(gateways);
    classes = Map.copyOf(classes);
  }
}
