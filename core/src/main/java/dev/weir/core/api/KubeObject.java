package dev.weir.core.api;

import dev.weir.core.problem.ObjectRef;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * An object of the Kubernetes API, decoded and valid by itself; its references may still lead
 * nowhere.
 *
 * @param ref its name; the group and kind of {@code type}
 * @param spec its content, with the API's defaults filled in
 */
public record KubeObject<S extends Record>(
    ObjectType<S> type, ObjectRef ref, ObjectMeta meta, S spec) {
  /**
   * Stays the same while the object lives: what an API server gave it. Of an object from a file it
   * follows from its names, which are all that stays the same there.
   */
  public String uid() {
    if (!meta.uid().isEmpty()) {
      return meta.uid();
    }
    String name = ref.group() + "/" + ref;
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
  }
}
