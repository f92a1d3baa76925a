package dev.weir.controlplane.admission;

import dev.weir.controlplane.decode.Decoded;
import dev.weir.controlplane.decode.Metadata;
import dev.weir.controlplane.decode.ObjectDecoder;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.resolve.Resolver;
import dev.weir.controlplane.resolve.Surroundings;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectMeta;
import dev.weir.core.api.ObjectType;
import dev.weir.core.filter.Feature;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Says of an object what would be wrong with it among the objects that there are: decodes and
 * resolves as the controller does, and forgets the outcome. Of the other objects it takes those on
 * which findings about this one depend ({@link Surroundings}), and it keeps a resolver of its own,
 * which remembers what it read of certificates, so that a judgement costs what one object costs.
 * Thread-safe; one object at a time.
 */
public final class Admission {
  /** Younger than everything that there is. */
  private static final Instant YOUNG = Instant.MAX;

  private final ObjectDecoder decoder;
  private final ResolveOptions options;
  private final Resolver resolver = new Resolver();

  public Admission(Collection<ObjectType<?>> types, List<Feature> features) {
    this.decoder = new ObjectDecoder(types);
    this.options = ResolveOptions.of(AddressAllocation.NONE, features);
  }

  /**
   * Judges an object that is to be created or changed.
   *
   * @param json the object as it would be stored
   * @param state all objects as they are
   * @param addresses what the Gateways have
   */
  public synchronized Judgement judge(
      String json, ClusterState state, AddressAllocation addresses) {
    List<Problem> problems = new ArrayList<>();
    for (Decoded decoded : decoder.decode(SourceText.of("", json))) {
      decoded.problems().forEach(problem -> problems.add(withoutLocation(problem)));
      ObjectRef ref = decoded.ref();
      Decoded.Content<?> content = decoded.content();
      if (ref != null && content != null) {
        KubeObject<?> object = object(ref, content, before(state, content.type(), ref));
        problems.addAll(resolved(object, Surroundings.of(object, state), addresses));
      }
    }
    return problems.isEmpty() ? Judgement.ALLOWED : new Judgement(problems);
  }

  private List<Problem> resolved(
      KubeObject<?> object, ClusterState state, AddressAllocation addresses) {
    return resolver.resolve(state, options.with(addresses)).report().problems().stream()
        .filter(problem -> object.ref().equals(problem.object()))
        .toList();
  }

  private static @Nullable KubeObject<?> before(
      ClusterState state, ObjectType<?> type, ObjectRef ref) {
    return state.object(type, ref.namespace(), ref.name());
  }

  private static <S extends Record> KubeObject<S> object(
      ObjectRef ref, Decoded.Content<S> content, @Nullable KubeObject<?> before) {
    Metadata written = content.metadata();
    Instant created = written.creationTimestamp();
    ObjectMeta meta =
        new ObjectMeta(
            ref.name(),
            ref.namespace(),
            Objects.requireNonNullElse(written.uid(), ""),
            before == null ? 1 : before.meta().generation() + 1,
            Objects.requireNonNullElse(written.resourceVersion(), ""),
            written.labels(),
            written.annotations(),
            // What is new is the youngest.
            created != null ? created : before != null ? before.meta().creationTimestamp() : YOUNG,
            written.deletionTimestamp());
    return new KubeObject<>(content.type(), ref, meta, content.spec());
  }

  /** The place in the text that the API server sent means nothing to its author. */
  private static Problem withoutLocation(Problem problem) {
    return new Problem(
        problem.severity(),
        problem.reason(),
        problem.message(),
        problem.object(),
        problem.path(),
        null);
  }
}
