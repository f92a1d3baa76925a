package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Cluster states from YAML. */
public final class States {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private States() {}

  /** The objects of a valid YAML text, all as old as {@link #START} unless they say otherwise. */
  public static ClusterState of(String yaml) {
    Load load =
        new Manifests(StandardTypes.ALL, () -> START)
            .load(List.of(SourceText.of("test.yaml", yaml)));
    assertThat(load.problems()).isEmpty();
    return load.state();
  }

  /** Weir with these features and the filters of {@link KnownFilters}. */
  public static ResolveOptions options(String... features) {
    return new ResolveOptions(
        ResolveOptions.CONTROLLER_NAME,
        new AddressAllocation(Map.of(), List.of("127.0.0.1")),
        Set.of(features),
        new KnownFilters().routeFilters());
  }
}
