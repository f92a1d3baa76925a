package dev.weir.controlplane.decode;

import dev.weir.core.problem.Problem;
import java.util.List;

/**
 * What could be read of a text.
 *
 * @param roots the documents, without empty ones
 * @param problems one for each document that could not be read
 */
public record Documents(List<Tree> roots, List<Problem> problems) {
  public Documents {
    roots = List.copyOf(roots);
    problems = List.copyOf(problems);
  }
}
