package dev.weir.core.api;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of an object.
 *
 * @param namespace empty for cluster-scoped objects
 * @param uid as an API server gives it; empty if there was none, see {@link KubeObject#uid}
 * @param generation counts changes of the spec, from 1
 * @param resourceVersion changes with every change of the object
 * @param creationTimestamp decides between conflicting objects: the older wins
 * @param deletionTimestamp null unless the object is being deleted
 */
public record ObjectMeta(
    String name,
    String namespace,
    String uid,
    long generation,
    String resourceVersion,
    Map<String, String> labels,
    Map<String, String> annotations,
    Instant creationTimestamp,
    @Nullable Instant deletionTimestamp) {}
