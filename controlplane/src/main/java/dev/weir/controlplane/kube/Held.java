package dev.weir.controlplane.kube;

import dev.weir.core.api.KubeObject;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of an object of the API server.
 *
 * @param object decoded, its last good version; null if it never had one
 * @param seen which version of the object that was decoded, or refused, last
 * @param resourceVersion of the object as it is now, status included
 * @param status its status as JSON, null if it has none or nobody here reads or writes it
 * @param problems what is wrong with the object as it is now
 * @param references the Secrets and ConfigMaps that {@code object} refers to
 */
record Held(
    ObjectRef ref,
    @Nullable KubeObject<?> object,
    Seen seen,
    String resourceVersion,
    @Nullable String status,
    List<Problem> problems,
    Set<ObjectRef> references) {

  /** The same object in a version of which only what Weir does not decode is another. */
  Held of(String version, @Nullable String newStatus) {
    return new Held(ref, object, seen, version, newStatus, problems, references);
  }

  /**
   * All that says whether what Weir reads of an object has changed.
   *
   * @param generation 0 if its kind has none
   */
  record Seen(
      String uid,
      long generation,
      Map<String, String> labels,
      Map<String, String> annotations,
      @Nullable String deletionTimestamp) {

    /** Whether a new version with this must be the same to Weir. */
    boolean same(Seen that) {
      return generation > 0 && equals(that);
    }
  }
}
