package dev.weir.controlplane.resolve;

import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.ListenerSet;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.List;

/** Which ListenerSets add their listeners to which Gateway. */
final class ListenerSets {
  static final String FEATURE = "ListenerSet";

  private final Namespaces namespaces;
  private final List<KubeObject<ListenerSet>> oldestFirst;

  ListenerSets(Lookup lookup, Namespaces namespaces, ResolveOptions options) {
    this.namespaces = namespaces;
    this.oldestFirst =
        options.claims(FEATURE)
            ? lookup.all(ListenerSet.TYPE).stream().sorted(Lookup.BY_AGE).toList()
            : List.of();
  }

  /** The ListenerSets that the Gateway takes, oldest first. */
  List<ListenerOwner> owners(KubeObject<Gateway> gateway) {
    return naming(gateway).stream()
        .filter(set -> allowed(set, gateway))
        .map(set -> new ListenerOwner(set, set.spec().listeners(), gateway.ref()))
        .toList();
  }

  /** The ListenerSets that name the Gateway and that it does not take. */
  List<KubeObject<ListenerSet>> refused(KubeObject<Gateway> gateway) {
    return naming(gateway).stream().filter(set -> !allowed(set, gateway)).toList();
  }

  private List<KubeObject<ListenerSet>> naming(KubeObject<Gateway> gateway) {
    List<KubeObject<ListenerSet>> naming = new ArrayList<>();
    for (KubeObject<ListenerSet> set : oldestFirst) {
      if (parent(set).equals(gateway.ref())) {
        naming.add(set);
      }
    }
    return naming;
  }

  private static ObjectRef parent(KubeObject<ListenerSet> set) {
    ListenerSet.ParentGatewayReference parent = set.spec().parentRef();
    return new ObjectRef(
        parent.group(),
        parent.kind(),
        parent.namespace() == null ? set.ref().namespace() : parent.namespace(),
        parent.name());
  }

  private boolean allowed(KubeObject<ListenerSet> set, KubeObject<Gateway> gateway) {
    return namespaces.allow(
        gateway.spec().allowedListeners(), gateway.ref().namespace(), set.ref().namespace());
  }
}
