package dev.weir.controlplane.topology;

import dev.weir.core.api.Bytes;
import dev.weir.core.problem.ObjectRef;

/**
 * Certificate authorities to trust.
 *
 * @param source the ConfigMap or Secret they come from
 * @param certificates PEM, known to hold at least one certificate
 */
public record CaBundle(ObjectRef source, Bytes certificates) {}
