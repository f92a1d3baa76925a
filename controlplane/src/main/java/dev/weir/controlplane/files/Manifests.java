package dev.weir.controlplane.files;

import dev.weir.controlplane.decode.Decoded;
import dev.weir.controlplane.decode.DecodedText;
import dev.weir.controlplane.decode.ObjectDecoder;
import dev.weir.controlplane.decode.SourceText;
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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Objects from texts, load after load. Does for them what an API server does: counts generations,
 * keeps creation times. An object that becomes invalid keeps its last good version; one whose text
 * is gone is gone. A load costs what changed since the one before. To be used by one thread at a
 * time.
 */
public final class Manifests {
  private final ObjectDecoder decoder;
  private final InstantSource clock;
  private final Map<String, DecodedText> texts = new HashMap<>();
  private final Map<ObjectRef, List<Definition>> definitions = new HashMap<>();

  /** What is defined more than once. */
  private final Set<ObjectRef> contested = new LinkedHashSet<>();

  /** Objects that are there only because something cannot be read, and the text they were in. */
  private Map<ObjectRef, String> kept = Map.of();

  private Load last = Load.EMPTY;
  private long changes;

  /**
   * That a text speaks of an object.
   *
   * @param text its name
   */
  private record Definition(String text, Decoded decoded) {}

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

  /**
   * The objects of these texts, which replace those of the load before.
   *
   * @return the same load if the texts are the same
   */
  public Load load(List<SourceText> sources) {
    return load(new Sources(sources, List.of()));
  }

  /** The text of the load before if it is the same, so that it need not be kept twice. */
  SourceText shared(SourceText text) {
    DecodedText known = texts.get(text.name());
    return known != null && Arrays.equals(known.source().content(), text.content())
        ? known.source()
        : text;
  }

  /** The same, for sources of which some may be unreadable now: their objects are kept. */
  public Load load(Sources sources) {
    Loading loading = new Loading(clock.instant().truncatedTo(ChronoUnit.MILLIS));
    List<DecodedText> read = new ArrayList<>(sources.texts().size());
    for (SourceText source : sources.texts()) {
      read.add(loading.read(source));
    }
    loading.forgetAllBut(sources.texts());
    loading.collect(sources.problems(), read);
    loading.settle();
    Load load = new Load(last.state().changed(loading.gone, loading.come), loading.problems, read);
    if (!load.equals(last)) {
      last = load;
    }
    return last;
  }

  /** One load while it is being made. */
  private final class Loading {
    final List<KubeObject<?>> come = new ArrayList<>();
    final List<KubeObject<?>> gone = new ArrayList<>();
    final List<Problem> problems = new ArrayList<>();
    private final Instant now;

    /** What may have changed, and a text in which it was before, or an empty name. */
    private final Map<ObjectRef, String> touched = new LinkedHashMap<>();

    /** Where what is defined more than once is defined first: that counts. */
    private final Map<ObjectRef, Decoded> first = new HashMap<>();

    private final Map<String, Location> torn = new LinkedHashMap<>();

    Loading(Instant now) {
      this.now = now;
      touched.putAll(kept);
      contested.forEach(ref -> touched.put(ref, ""));
    }

    /** Decodes what is new in a text. */
    DecodedText read(SourceText source) {
      DecodedText known = texts.get(source.name());
      if (known == null) {
        DecodedText fresh = decoder.read(source);
        fresh.visit((decoded, above) -> define(source.name(), decoded));
        texts.put(source.name(), fresh);
        return fresh;
      }
      if (Arrays.equals(known.source().content(), source.content())) {
        return known;
      }
      DecodedText edited = decoder.read(source, known);
      edited.compare(
          known,
          decoded -> define(source.name(), decoded),
          decoded -> undefine(source.name(), decoded));
      texts.put(source.name(), edited);
      return edited;
    }

    void forgetAllBut(List<SourceText> sources) {
      if (texts.size() == sources.size()) {
        return;
      }
      Set<String> names = sources.stream().map(SourceText::name).collect(Collectors.toSet());
      texts
          .values()
          .removeIf(text -> {
            boolean lost = !names.contains(text.source().name());
            if (lost) {
              text.visit((decoded, above) -> undefine(text.source().name(), decoded));
            }
            return lost;
          });
    }

    private void define(String text, Decoded decoded) {
      ObjectRef ref = decoded.ref();
      if (ref != null) {
        touched.putIfAbsent(ref, "");
        Definition definition = new Definition(text, decoded);
        List<Definition> all = definitions.get(ref);
        if (all == null) {
          definitions.put(ref, List.of(definition));
        } else {
          contested.add(ref);
          definitions.put(ref, Stream.concat(all.stream(), Stream.of(definition)).toList());
        }
      }
    }

    private void undefine(String text, Decoded decoded) {
      ObjectRef ref = decoded.ref();
      if (ref != null) {
        touched.put(ref, text);
        List<Definition> rest = new ArrayList<>(definitions.getOrDefault(ref, List.of()));
        rest.remove(new Definition(text, decoded));
        if (rest.isEmpty()) {
          definitions.remove(ref);
        } else {
          definitions.put(ref, List.copyOf(rest));
        }
        if (rest.size() < 2) {
          contested.remove(ref);
        }
      }
    }

    /** Lists the findings in the texts; looks only into those that have some. */
    void collect(List<Problem> unread, List<DecodedText> read) {
      unread.forEach(this::torn);
      Set<String> disputed = new HashSet<>();
      for (ObjectRef ref : contested) {
        definitions.getOrDefault(ref, List.of()).forEach(each -> disputed.add(each.text));
      }
      Map<ObjectRef, Location> claimed = new HashMap<>();
      for (DecodedText text : read) {
        if (text.troubled() || disputed.contains(text.source().name())) {
          text.visit((decoded, above) -> collect(decoded, above, claimed));
        }
      }
    }

    private void collect(Decoded relative, int above, Map<ObjectRef, Location> claimed) {
      ObjectRef ref = relative.ref();
      boolean disputed = ref != null && contested.contains(ref);
      if (relative.problems().isEmpty() && !disputed) {
        return;
      }
      Decoded decoded = DecodedText.located(relative, above);
      if (ref == null) {
        decoded.problems().forEach(this::unnamed);
        return;
      }
      problems.addAll(decoded.problems());
      Location before = disputed ? claimed.putIfAbsent(ref, decoded.location()) : null;
      if (before != null) {
        problems.add(
            new Problem(
                Severity.ERROR,
                "DuplicateObject",
                "defined at %s already, which is used: remove one".formatted(before),
                ref,
                "",
                decoded.location()));
      } else {
        first.put(ref, decoded);
      }
    }

    private void unnamed(Problem problem) {
      if (problem.severity() == Severity.ERROR) {
        torn(problem);
      } else {
        problems.add(problem);
      }
    }

    /** Takes note of a text, or a directory of texts, of which something cannot be read. */
    private void torn(Problem problem) {
      problems.add(problem);
      if (problem.location() != null) {
        torn.putIfAbsent(problem.location().file(), problem.location());
      }
    }

    /** Works out what became of the objects that may have changed. */
    @SuppressWarnings("ReferenceEquality") // an object that did not change is the same instance
    void settle() {
      Map<ObjectRef, String> keeping = new LinkedHashMap<>();
      touched.forEach((ref, file) -> {
        KubeObject<?> old = last.state().object(ref);
        List<Definition> all = definitions.getOrDefault(ref, List.of());
        Decoded decoded = all.isEmpty() ? null : first.getOrDefault(ref, all.getFirst().decoded);
        Decoded.Content<?> content = decoded == null ? null : decoded.content();
        if (content != null) {
          KubeObject<?> next = object(ref, content, old);
          if (next != old) {
            come.add(next);
          }
        } else if (old != null) {
          Location place = decoded == null ? torn(file) : decoded.location();
          if (place == null) {
            gone.add(old);
          } else {
            keeping.put(ref, all.isEmpty() ? file : all.getFirst().text);
            problems.add(Decoded.lastGoodVersion(old, place));
          }
        }
      });
      kept = keeping;
    }

    private @Nullable Location torn(String file) {
      for (Map.Entry<String, Location> entry : torn.entrySet()) {
        if (file.equals(entry.getKey()) || file.startsWith(entry.getKey() + "/")) {
          return entry.getValue();
        }
      }
      return null;
    }

    private <S extends Record> KubeObject<S> object(
        ObjectRef ref, Decoded.Content<S> content, @Nullable KubeObject<?> old) {
      if (old == null) {
        Generation generation = Generation.first(ref, content, now, ++changes);
        return new KubeObject<>(content.type(), ref, generation.meta(), content.spec());
      }
      KubeObject<S> before = same(content.type(), old);
      Generation generation = Generation.next(before, content, changes + 1);
      if (generation.meta().equals(before.meta())) {
        return before;
      }
      changes++;
      S spec = before.spec().equals(content.spec()) ? before.spec() : content.spec();
      return new KubeObject<>(content.type(), ref, generation.meta(), spec);
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
