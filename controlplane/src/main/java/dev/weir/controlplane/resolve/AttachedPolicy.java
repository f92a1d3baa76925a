package dev.weir.controlplane.resolve;

import dev.weir.core.api.KubeObject;
import dev.weir.core.problem.ObjectRef;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A policy for backends, as its status tells of it.
 *
 * @param targets with what keeps the policy from being accepted for each
 * @param refusals what keeps it from being accepted for any
 * @param references bad references in it; null if the kind has none
 */
record AttachedPolicy(
    KubeObject<?> object,
    Map<ObjectRef, List<Fault>> targets,
    List<Fault> refusals,
    @Nullable List<Fault> references) {}
