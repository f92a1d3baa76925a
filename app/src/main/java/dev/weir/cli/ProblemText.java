package dev.weir.cli;

import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Severity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Findings as lines and as JSON. */
final class ProblemText {
  private ProblemText() {}

  /** {@code file:line: Kind/ns/name: path: what is wrong}, marked if it is only a warning. */
  static String line(Problem problem) {
    return problem.severity() == Severity.WARNING ? problem + " [warning]" : problem.toString();
  }

  /** 1 if there are errors among them, else 0. */
  static int exitStatus(List<Problem> problems) {
    return problems.stream().anyMatch(p -> p.severity() == Severity.ERROR) ? 1 : 0;
  }

  static String json(List<Problem> problems) {
    return JsonMapper.builder()
        .build()
        .writerWithDefaultPrettyPrinter()
        .writeValueAsString(problems.stream().map(ProblemText::fields).toList());
  }

  private static Map<String, Object> fields(Problem problem) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("severity", problem.severity().name().toLowerCase(Locale.ROOT));
    fields.put("reason", problem.reason());
    fields.put("message", problem.message());
    if (problem.object() != null) {
      fields.put("object", problem.object());
    }
    fields.put("path", problem.path());
    if (problem.location() != null) {
      fields.put("file", problem.location().file());
      fields.put("line", problem.location().line());
    }
    return fields;
  }
}
