package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.DocumentReader.Unreadable;
import dev.weir.core.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/** Whole texts, without making objects of them. */
final class Texts {
  private Texts() {}

  static Documents read(SourceText source) {
    try {
      String text = DocumentReader.text(source);
      if (source.isJson()) {
        return DocumentReader.readJson(source.name(), text);
      }
      List<Tree> roots = new ArrayList<>();
      List<Problem> problems = new ArrayList<>();
      int line = 1;
      for (String part : DocumentReader.split(text)) {
        Documents documents = DocumentReader.readYaml(source.name(), part, line);
        roots.addAll(documents.roots());
        problems.addAll(documents.problems());
        line += (int) part.chars().filter(c -> c == '\n').count();
      }
      return new Documents(roots, problems);
    } catch (Unreadable unreadable) {
      return new Documents(List.of(), List.of(unreadable.problem(source.name())));
    }
  }
}
