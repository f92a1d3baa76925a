package dev.weir.controlplane.files;

import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.problem.Problem;
import java.util.List;

/**
 * What the texts say.
 *
 * @param state the valid objects, and last good versions of those that are not valid any more
 * @param problems all findings, in order of the texts
 */
public record Load(ClusterState state, List<Problem> problems) {
  public Load {
    problems = List.copyOf(problems);
  }
}
