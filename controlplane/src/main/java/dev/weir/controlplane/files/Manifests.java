package dev.weir.controlplane.files;

import dev.weir.controlplane.decode.Decoded;
import dev.weir.controlplane.decode.ObjectDecoder;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Problem.Location;
import dev.weir.core.problem.Severity;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Objects from texts, load after load. Does for them what an API server does: counts generations,
 * keeps uids and creation times. An object that becomes invalid keeps its last good version; one
 * whose text is gone is gone. To be used by one thread at a time.
 */
public final class Manifests {
  private final ObjectDecoder decoder;
  private final InstantSource clock;
  private final Map<String, Read> texts = new HashMap<>();
  private Map<ObjectRef, KubeObject<?>> objects = Map.of();
  private Load last = new Load(ClusterState.EMPTY, List.of());
  private long changes;

  /** A text and what it holds. */
  private record Read(SourceText text, List<Decoded> decoded) {}

  /**
   * Nothing loaded yet.
   *
   * @param types the kinds to read
   * @param clock tells when an object is seen for the first time
   */
  public Manifests(Collection<ObjectType<?>> types, InstantSource clock) {
    this.decoder = new ObjectDecoder(types);
    this.clock = clock;
  }

  /** The objects of these texts, which replace those of the load before. */
  public Load load(List<SourceText> sources) {
    return load(new Sources(sources, List.of()));
  }

  /** The same, for sources of which some may be unreadable now: their objects are kept. */
  Load load(Sources sources) {
    Loading loading = new Loading(clock.instant().truncatedTo(ChronoUnit.MILLIS));
    for (Problem problem : sources.problems()) {
      loading.torn(problem);
    }
    for (SourceText source : sources.texts()) {
      read(source).forEach(loading::add);
    }
    texts
        .keySet()
        .retainAll(sources.texts().stream().map(SourceText::name).collect(Collectors.toSet()));
    loading.keepLastGood();
    boolean same = !loading.changed && loading.next.size() == objects.size();
    ClusterState state = same ? last.state() : ClusterState.of(loading.next.values());
    objects = loading.next;
    last = new Load(state, loading.problems);
    return last;
  }

  /** Decodes a text, unless it is the one of the load before. */
  private List<Decoded> read(SourceText source) {
    Read known = texts.get(source.name());
    if (known == null || !Arrays.equals(known.text.content(), source.content())) {
      known = new Read(source, decoder.decode(source));
      texts.put(source.name(), known);
    }
    return known.decoded;
  }

  /** One load while it is being made. */
  private final class Loading {
    final Map<ObjectRef, KubeObject<?>> next = new LinkedHashMap<>();
    final List<Problem> problems = new ArrayList<>();
    boolean changed;
    private final Instant now;
    private final Map<ObjectRef, Location> claimed = new HashMap<>();
    private final Map<ObjectRef, Location> refused = new LinkedHashMap<>();
    private final Map<String, Location> torn = new LinkedHashMap<>();

    Loading(Instant now) {
      this.now = now;
    }

    /** Takes note of a text, or a directory of texts, of which something cannot be read. */
    void torn(Problem problem) {
      problems.add(problem);
      if (problem.location() != null) {
        torn.putIfAbsent(problem.location().file(), problem.location());
      }
    }

    void add(Decoded decoded) {
      ObjectRef ref = decoded.ref();
      Decoded.Content<?> content = decoded.content();
      if (ref == null) {
        decoded.problems().forEach(this::unnamed);
        return;
      }
      problems.addAll(decoded.problems());
      Location first = claimed.putIfAbsent(ref, decoded.location());
      if (first != null) {
        problems.add(
            new Problem(
                Severity.ERROR,
                "DuplicateObject",
                "defined at %s already, which is used: remove one".formatted(first),
                ref,
                "",
                decoded.location()));
      } else if (content == null) {
        refused.put(ref, decoded.location());
      } else {
        next.put(ref, object(ref, content, decoded.location()));
      }
    }

    private void unnamed(Problem problem) {
      if (problem.severity() == Severity.ERROR) {
        torn(problem);
      } else {
        problems.add(problem);
      }
    }

    void keepLastGood() {
      for (KubeObject<?> old : objects.values()) {
        Location place = refused.get(old.ref());
        if (place == null && !claimed.containsKey(old.ref())) {
          place = tornPlace(old);
        }
        if (place != null) {
          next.put(old.ref(), old);
          problems.add(Decoded.lastGoodVersion(old, place));
        }
      }
    }

    private @Nullable Location tornPlace(KubeObject<?> old) {
      String file = old.location() == null ? "" : old.location().file();
      for (Map.Entry<String, Location> entry : torn.entrySet()) {
        if (file.equals(entry.getKey()) || file.startsWith(entry.getKey() + "/")) {
          return entry.getValue();
        }
      }
      return null;
    }

    private <S extends Record> KubeObject<S> object(
        ObjectRef ref, Decoded.Content<S> content, Location location) {
      KubeObject<?> old = objects.get(ref);
      Generation generation =
          old == null
              ? Generation.first(ref, content, now, changes + 1)
              : Generation.next(old, content, changes + 1);
      if (old != null && generation.meta().equals(old.meta()) && location.equals(old.location())) {
        return same(content.type(), old);
      }
      changes++;
      changed = true;
      S spec =
          old != null && old.spec().equals(content.spec())
              ? same(content.type(), old).spec()
              : content.spec();
      return new KubeObject<>(content.type(), ref, generation.meta(), spec, location);
    }

    @SuppressWarnings("unchecked") // a reference has one type
    private static <S extends Record> KubeObject<S> same(ObjectType<S> type, KubeObject<?> old) {
      if (!old.type().equals(type)) {
        throw new IllegalArgumentException(old.ref() + " is not of type " + type);
      }
      return (KubeObject<S>) old;
    }
  }
}
