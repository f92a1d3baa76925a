package dev.weir.cli;

import dev.weir.conformance.CaseResult;
import dev.weir.conformance.Conformance;
import dev.weir.conformance.Report;
import dev.weir.conformance.RunNetwork;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code weir conformance}: Gateway API cases against the standalone gateway. */
final class ConformanceCommand implements Command {
  private final Usage usage =
      Usage.of(
              this,
              "conformance",
              "Runs Gateway API cases that are given as data against the standalone gateway.")
          .ends(
              "0:no case failed",
              "1:some failed, or the run did not start",
              "2:the command line is wrong");

  private final PositionalParamSpec directory =
      usage.takes(
          PositionalParamSpec.builder()
              .required(true)
              .paramLabel("DIR")
              .type(Path.class)
              .description("Folder with cases and manifests."));

  private final OptionSpec only =
      usage.takes(
          Usage.option("--only", "NAME", List.class)
              .auxiliaryTypes(String.class)
              .splitRegex(",")
              .initialValue(List.of())
              .description("Only these cases."));

  private final OptionSpec output =
      usage.takes(
          Usage.option("--output", "<output>", Output.class)
              .defaultValue("text")
              .description("text or json (default: ${DEFAULT-VALUE})."));

  @Override
  public Usage usage() {
    return usage;
  }

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = usage.out();
    PrintWriter err = usage.err();
    Path given = directory.getValue();
    Path data = Conformance.data(given);
    if (data == null) {
      err.println(given + " has no folders \"cases\" and \"manifests\"");
      return 1;
    }
    Report report =
        switch (output.<Output>getValue()) {
          case text -> new Report.AsText(out);
          case json -> new Report.AsJson(out);
        };
    List<String> chosen = only.getValue();
    List<CaseResult> results = new ArrayList<>();
    try (Conformance conformance =
        Conformance.start(data, RunNetwork.Range.LOOPBACK, StandaloneUnderTest::start)) {
      for (String name : chosen.isEmpty() ? conformance.names() : chosen) {
        CaseResult result = conformance.run(name);
        results.add(result);
        report.ended(result);
      }
      report.done(results);
    } catch (IOException | IllegalArgumentException e) {
      err.println("weir: " + e.getMessage());
      return 1;
    }
    return results.stream().anyMatch(r -> r.verdict() == CaseResult.Verdict.FAIL) ? 1 : 0;
  }
}
