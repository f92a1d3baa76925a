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
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weir conformance}: Gateway API cases against the standalone gateway. */
@Command(
    name = "conformance",
    description = "Runs Gateway API cases that are given as data against the standalone gateway.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:no case failed",
      "1:some failed, or the run did not start",
      "2:the command line is wrong"
    })
final class ConformanceCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "Folder with cases and manifests.")
  private Path directory = Path.of("");

  @Option(names = "--only", split = ",", paramLabel = "NAME", description = "Only these cases.")
  private List<String> only = List.of();

  @Option(
      names = "--output",
      defaultValue = "text",
      description = "text or json (default: ${DEFAULT-VALUE}).")
  private Output output = Output.text;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Path data = Conformance.data(directory);
    if (data == null) {
      err.println(directory + " has no folders \"cases\" and \"manifests\"");
      return 1;
    }
    Report report =
        switch (output) {
          case text -> new Report.AsText(out);
          case json -> new Report.AsJson(out);
        };
    List<CaseResult> results = new ArrayList<>();
    try (Conformance conformance =
        Conformance.start(data, RunNetwork.Range.LOOPBACK, StandaloneUnderTest::start)) {
      for (String name : only.isEmpty() ? conformance.names() : only) {
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
