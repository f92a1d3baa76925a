package dev.weir.controlplane.topology;

import dev.weir.core.problem.ObjectRef;

/**
 * A listener by name.
 *
 * @param owner the Gateway or ListenerSet whose {@code spec.listeners} it stands in
 */
public record ListenerRef(ObjectRef owner, String name) {
  /** {@code Gateway/ns/name/listener/https}. */
  @Override
  public String toString() {
    return owner + "/listener/" + name;
  }
}
