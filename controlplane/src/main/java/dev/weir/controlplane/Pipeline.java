package dev.weir.controlplane;

import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.resolve.Report;
import dev.weir.controlplane.resolve.Resolution;
import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.resolve.Resolver;
import dev.weir.controlplane.resolve.ServiceEndpoints;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.topology.Topology;
import dev.weir.controlplane.translate.Translator;
import dev.weir.core.filter.Feature;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.XdsSnapshot;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;

/**
 * From the objects to what a proxy runs and what people are told: resolve and translate in one
 * step. Everything that asks what a configuration means asks here, and so gets the same answer:
 * {@code validate}, {@code translate}, {@code run}, the webhook and the controller.
 *
 * <p>The result depends on the arguments alone. An instance remembers what it has worked out, so
 * that a change costs what it changes: keep one. It is not for concurrent use.
 */
public final class Pipeline {
  private final ResolveOptions options;
  private final Resolver resolver = new Resolver();
  private final Translator translator;
  private ServiceEndpoints endpoints = new ServiceEndpoints(ClusterState.EMPTY);

  /**
   * A pipeline.
   *
   * @param features what can be asked for beside the spine
   */
  public Pipeline(List<Feature> features) {
    this(features, Set.of());
  }

  /**
   * A pipeline of somebody who does more than to translate.
   *
   * @param further names of the Gateway API features that the caller implements
   */
  public Pipeline(List<Feature> features, Set<String> further) {
    this.options = ResolveOptions.of(AddressAllocation.NONE, features).claiming(further);
    this.translator = new Translator(features);
  }

  /**
   * What became of a state.
   *
   * @param resolution what it means and what is wrong with it
   * @param gateways what the proxies of each gateway run, by namespace and name
   */
  public record Translation(Resolution resolution, SequencedMap<ObjectRef, XdsSnapshot> gateways) {
    /** Of no objects. */
    public static final Translation EMPTY =
        new Translation(new Resolution(Topology.EMPTY, Report.EMPTY), new LinkedHashMap<>());

    public Translation {
      gateways = Collections.unmodifiableSequencedMap(gateways);
    }

    /** What a proxy of all gateways runs; made anew each time if there are several. */
    public XdsSnapshot snapshot() {
      return XdsSnapshot.union(gateways.values());
    }
  }

  /** Resolves and translates. Never fails: what is wrong with objects is in the report. */
  public Translation translate(ClusterState state, AddressAllocation addresses) {
    Resolution resolution = resolver.resolve(state, options.with(addresses));
    endpoints = endpoints.of(state);
    return new Translation(resolution, translator.translate(resolution.topology(), endpoints::of));
  }

  /**
   * The short cut for the most frequent change.
   *
   * @param before the translation of a state that differs from {@code state} in EndpointSlices only
   */
  public Translation updateEndpoints(Translation before, ClusterState state) {
    endpoints = endpoints.of(state);
    return new Translation(
        before.resolution(), translator.updateEndpoints(before.gateways(), endpoints::of));
  }
}
