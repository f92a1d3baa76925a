package dev.weir.cli;

import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.files.ConfigFiles;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.problem.Problem;
import dev.weir.features.Features;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Parameters;

/** The directories of a command that only looks at configuration, and what they hold. */
final class ConfigArguments {
  @Parameters(
      arity = "1..*",
      paramLabel = "DIR",
      description = "Directories (or files) of Kubernetes YAML.")
  private List<Path> directories;

  /** What was read and what it means. */
  record Reading(Load load, Translation translation) {
    /** All findings: of the reader, then of the pipeline. */
    List<Problem> problems() {
      List<Problem> all = new ArrayList<>(load.problems());
      all.addAll(translation.resolution().report().problems());
      return all;
    }
  }

  Reading read() {
    Load load =
        new ConfigFiles(directories).load(new Manifests(StandardTypes.ALL, InstantSource.system()));
    Translation translation =
        new Pipeline(Features.ALL)
            .translate(load.state(), new AddressAllocation(Map.of(), List.of("127.0.0.1")));
    return new Reading(load, translation);
  }
}
