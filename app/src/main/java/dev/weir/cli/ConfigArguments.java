package dev.weir.cli;

import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.deploy.Deployments;
import dev.weir.controlplane.files.ConfigFiles;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.problem.Problem;
import dev.weir.features.Features;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The directories of a command that only looks at configuration, and what they hold. */
final class ConfigArguments {
  private final PositionalParamSpec directories;

  ConfigArguments(Usage usage) {
    directories = usage.takes(directories());
  }

  /** The parameters alone. */
  static PositionalParamSpec.Builder directories() {
    return PositionalParamSpec.builder()
        .arity("1..*")
        .required(true)
        .paramLabel("DIR")
        .type(List.class)
        .auxiliaryTypes(Path.class)
        .description("Directories (or files) of Kubernetes YAML.");
  }

  /** What was read and what it means. */
  record Reading(Load load, Translation translation) {
    /** All findings: of the reader, then of the pipeline. */
    List<Problem> problems() {
      List<Problem> all = new ArrayList<>(load.problems());
      all.addAll(load.located(translation.resolution().report().problems()));
      return all;
    }
  }

  /** As one process runs it. */
  Reading read() {
    return read(state -> new AddressAllocation(Map.of(), List.of("127.0.0.1")));
  }

  /** As a controller runs it that makes Deployments. */
  Reading readDeployed() {
    return read(state ->
        new AddressAllocation(Map.of(), Deployments.addresses(state, Map.of()), List.of()));
  }

  private Reading read(Function<ClusterState, AddressAllocation> addresses) {
    Load load =
        new ConfigFiles(directories.getValue())
            .load(new Manifests(StandardTypes.ALL, InstantSource.system()));
    Translation translation =
        new Pipeline(Features.ALL, ResolveOptions.PROVISIONING)
            .translate(load.state(), addresses.apply(load.state()));
    return new Reading(load, translation);
  }
}
