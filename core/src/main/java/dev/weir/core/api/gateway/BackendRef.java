package dev.weir.core.api.gateway;

import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Inline;
import dev.weir.core.api.schema.Range;

/**
 * A backend and its share.
 *
 * @param weight share of the rule's traffic, relative to the sum of the weights; 0: none
 */
public record BackendRef(
    @Inline BackendObjectReference target,
    @Default("1") @Range(min = 0, max = 1_000_000) int weight) {}
