package dev.weir.conformance;

import java.io.PrintWriter;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Prints the results of a run. */
public sealed interface Report {
  /** A case has ended. */
  void ended(CaseResult result);

  /** All cases have ended. */
  void done(List<CaseResult> results);

  /** A line for each case, more for those that failed, and the sums last. */
  record AsText(PrintWriter out) implements Report {
    @Override
    public void ended(CaseResult result) {
      out.printf("%s  %s  (%d ms)", result.verdict(), result.name(), result.millis());
      switch (result.verdict()) {
        case PASS -> out.println();
        case SKIP -> out.println("  " + result.reason());
        case FAIL -> {
          out.println("  " + result.failures().size() + " failed:");
          result.failures().forEach(failure -> out.println("      " + failure));
        }
      }
      out.flush();
    }

    @Override
    public void done(List<CaseResult> results) {
      out.println(sums(results));
      out.flush();
    }
  }

  /** One JSON object when all is done. */
  record AsJson(PrintWriter out) implements Report {
    @Override
    public void ended(CaseResult result) {}

    @Override
    public void done(List<CaseResult> results) {
      ObjectNode report = Json.MAPPER.createObjectNode();
      ArrayNode cases = report.putArray("cases");
      results.forEach(result -> cases.addPOJO(result));
      for (CaseResult.Verdict verdict : CaseResult.Verdict.values()) {
        report.put(name(verdict), count(results, verdict));
      }
      out.println(Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(report));
      out.flush();
    }
  }

  /** {@code N passed, N failed, N skipped}. */
  static String sums(List<CaseResult> results) {
    return count(results, CaseResult.Verdict.PASS)
        + " passed, "
        + count(results, CaseResult.Verdict.FAIL)
        + " failed, "
        + count(results, CaseResult.Verdict.SKIP)
        + " skipped";
  }

  private static String name(CaseResult.Verdict verdict) {
    return switch (verdict) {
      case PASS -> "passed";
      case FAIL -> "failed";
      case SKIP -> "skipped";
    };
  }

  private static long count(List<CaseResult> results, CaseResult.Verdict verdict) {
    return results.stream().filter(result -> result.verdict() == verdict).count();
  }
}
