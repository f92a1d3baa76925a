package dev.weir.controlplane.status;

import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Proxies that answer as a test wants. */
public final class Fleets {
  private Fleets() {}

  /** The only proxy of a machine, which runs everything. */
  public static Fleet accepting(Map<ObjectRef, XdsSnapshot> wanted) {
    return of(wanted, accepting("", wanted));
  }

  static Fleet of(Map<ObjectRef, XdsSnapshot> wanted, ProxyState... proxies) {
    return new Fleet(wanted, List.of(proxies));
  }

  /** A proxy that runs everything. */
  static ProxyState accepting(String node, Map<ObjectRef, XdsSnapshot> wanted) {
    Map<ResourceKey, Verdict> verdicts = new HashMap<>();
    XdsSnapshot all = XdsSnapshot.union(wanted.values());
    for (ResourceType type : ResourceType.values()) {
      all.resources(type)
          .forEach((name, resource) ->
              verdicts.put(new ResourceKey(type, name), new Verdict.Accepted(resource.version())));
    }
    return new ProxyState(node, wanted.keySet(), verdicts, List.of());
  }

  /** A proxy that says something else of one resource. */
  static ProxyState but(ProxyState proxy, ResourceType type, String name, Verdict verdict) {
    Map<ResourceKey, Verdict> verdicts = new HashMap<>(proxy.verdicts());
    verdicts.put(new ResourceKey(type, name), verdict);
    return new ProxyState(proxy.node(), proxy.gateways(), verdicts, proxy.unbound());
  }

  /** A proxy that cannot bind some addresses. */
  static ProxyState unable(ProxyState proxy, BindFailure... failures) {
    return new ProxyState(
        proxy.node(), proxy.gateways(), proxy.verdicts(), Arrays.asList(failures));
  }
}
