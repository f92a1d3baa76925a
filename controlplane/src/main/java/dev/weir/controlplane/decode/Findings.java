package dev.weir.controlplane.decode;

import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Problem.Location;
import dev.weir.core.problem.Severity;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the problems of one object. */
final class Findings {
  /** What happens to fields that the record does not have. */
  enum Unknown {
    REFUSE,
    /** The kind has fields that Weir does not read; only what looks like a slip is reported. */
    PASS
  }

  private final String file;
  private final @Nullable ObjectRef object;
  private final Unknown unknown;
  private final List<Problem> problems;

  private Findings(
      String file, @Nullable ObjectRef object, Unknown unknown, List<Problem> problems) {
    this.file = file;
    this.object = object;
    this.unknown = unknown;
    this.problems = problems;
  }

  static Findings of(String file, @Nullable ObjectRef object) {
    return new Findings(file, object, Unknown.REFUSE, new ArrayList<>());
  }

  /** The same collection, with another rule for unknown fields. */
  Findings unknown(Unknown rule) {
    return new Findings(file, object, rule, problems);
  }

  void error(String reason, Path path, int line, String message) {
    add(Severity.ERROR, reason, path, line, message);
  }

  void warning(String reason, Path path, int line, String message) {
    add(Severity.WARNING, reason, path, line, message);
  }

  private void add(Severity severity, String reason, Path path, int line, String message) {
    Location location = line == 0 ? null : new Location(file, line);
    problems.add(new Problem(severity, reason, message, object, path.toString(), location));
  }

  void unknownField(Path path, int line, String name, Collection<String> known) {
    String meant = Suggestion.of(name, known);
    String hint = meant.isEmpty() ? "" : "; did you mean " + meant + "?";
    switch (unknown) {
      case REFUSE -> error("UnknownField", path.field(name), line, "unknown field" + hint);
      case PASS -> {
        if (!meant.isEmpty()) {
          warning("UnknownField", path.field(name), line, "not a field that Weir reads" + hint);
        }
      }
    }
  }

  boolean refused() {
    return problems.stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
  }

  /** The problems in order of the text. */
  List<Problem> problems() {
    return problems.stream()
        .sorted(
            Comparator.comparingInt(
                problem -> problem.location() == null ? 0 : problem.location().line()))
        .toList();
  }
}
