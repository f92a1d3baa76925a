package dev.weir.controlplane.files;

import dev.weir.controlplane.decode.SourceText;
import dev.weir.core.problem.Problem;
import java.util.List;

/**
 * Texts of configuration.
 *
 * @param problems one for each file or directory that could not be read; its location names it
 */
record Sources(List<SourceText> texts, List<Problem> problems) {
  Sources {
    texts = List.copyOf(texts);
    problems = List.copyOf(problems);
  }
}
