package dev.weir.controlplane.decode;

import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Severity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of one document.
 *
 * @param ref which object it is; null if that cannot be told, or if Weir does not use it
 * @param content null if it is refused or not used
 * @param problems what is wrong with it
 */
public record Decoded(
    @Nullable ObjectRef ref,
    Problem.Location location,
    @Nullable Content<?> content,
    List<Problem> problems) {
  public Decoded {
    problems = List.copyOf(problems);
  }

  /**
   * Says that an object that cannot be decoded is used as it was before.
   *
   * @param last its last good version
   * @param place of what cannot be decoded, or null if it did not come from a file
   */
  public static Problem lastGoodVersion(KubeObject<?> last, Problem.@Nullable Location place) {
    return new Problem(
        Severity.WARNING,
        "LastGoodVersion",
        "the version read before (generation %d) stays in use until this is corrected"
            .formatted(last.meta().generation()),
        last.ref(),
        "",
        place);
  }

  /** A valid object. */
  public record Content<S extends Record>(ObjectType<S> type, Metadata metadata, S spec) {}
}
