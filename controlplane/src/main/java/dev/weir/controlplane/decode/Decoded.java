package dev.weir.controlplane.decode;

import dev.weir.core.api.ObjectType;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
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

  /** A valid object. */
  public record Content<S extends Record>(ObjectType<S> type, Metadata metadata, S spec) {}
}
