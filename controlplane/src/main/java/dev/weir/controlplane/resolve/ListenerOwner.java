package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.ListenerRef;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Listener;
import dev.weir.core.problem.ObjectRef;
import java.util.List;

/**
 * A Gateway or a ListenerSet: an object with listeners.
 *
 * @param gateway the Gateway on whose addresses they listen
 */
record ListenerOwner(KubeObject<?> object, List<Listener> listeners, ObjectRef gateway) {
  ListenerRef ref(Listener listener) {
    return new ListenerRef(object.ref(), listener.name());
  }
}
