package dev.weir.core.xds;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A proxy's answer to a snapshot, once it runs: what the control plane makes status from.
 *
 * @param snapshot the snapshot that was applied
 * @param verdicts one for each resource of the snapshot
 * @param bindFailures listen addresses that could not be bound; empty if all are
 */
public record Applied(
    XdsSnapshot snapshot, Map<ResourceKey, Verdict> verdicts, List<BindFailure> bindFailures) {

  public Applied {
    verdicts = Map.copyOf(verdicts);
    bindFailures = List.copyOf(bindFailures);
  }

  /** The verdict on one resource, or null if the snapshot has no such resource. */
  public @Nullable Verdict verdict(ResourceType type, String name) {
    return verdicts.get(new ResourceKey(type, name));
  }

  /**
   * A listen address that could not be bound.
   *
   * @param listener name of the Listener resource
   * @param address IP address and port as text
   * @param message why
   */
  public record BindFailure(String listener, String address, String message) {}
}
