package dev.weir.controlplane.topology;

import java.util.List;

/**
 * One entry of a rule's {@code backendRefs}.
 *
 * @param index its position there
 * @param weight its share is {@code weight} of the sum of all weights, those of invalid backends
 *     included; 0 gets nothing but sessions
 * @param filters applied to requests for this backend only
 */
public record WeightedBackend(
    int index, ResolvedBackend backend, int weight, List<RuleFilter> filters) {
  public WeightedBackend {
    filters = List.copyOf(filters);
  }
}
