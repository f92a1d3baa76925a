package dev.weir.core.api;

import dev.weir.core.problem.ObjectRef;

/**
 * An object of the Kubernetes API, decoded and valid by itself; its references may still lead
 * nowhere.
 *
 * @param ref its name; the group and kind of {@code type}
 * @param spec its content, with the API's defaults filled in
 */
public record KubeObject<S extends Record>(
    ObjectType<S> type, ObjectRef ref, ObjectMeta meta, S spec) {}
