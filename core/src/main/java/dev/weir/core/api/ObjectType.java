package dev.weir.core.api;

import dev.weir.core.api.schema.Violations;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiConsumer;

/**
 * A kind that Weir reads, and the record its objects are decoded to. Also the key under which a
 * cluster state hands them out.
 *
 * @param <S> the record
 * @param spec its class
 * @param versions all versions of the API that are accepted, newest first, each with the rules that
 *     hold for that version only
 */
public record ObjectType<S extends Record>(
    Kind kind,
    Class<S> spec,
    Layout layout,
    SequencedMap<String, BiConsumer<S, Violations>> versions) {

  public ObjectType {
    versions = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(versions));
  }

  /** Where the fields of the record stand in the object. */
  public enum Layout {
    /** Under {@code spec}; unknown fields are errors. */
    SPEC,
    /** Under {@code spec}, of a kind of which Weir reads a part; unknown fields are passed over. */
    PARTIAL_SPEC,
    /** Beside {@code metadata}, of a kind of which Weir reads a part. */
    PARTIAL_TOP
  }

  /** A type with one accepted version, that of the kind. */
  public static <S extends Record> ObjectType<S> of(Kind kind, Class<S> spec, Layout layout) {
    return new ObjectType<>(
        kind, spec, layout, new LinkedHashMap<>(Map.of(kind.version(), (s, v) -> {})));
  }

  /** The same, and another accepted version. */
  public ObjectType<S> served(String version) {
    return served(version, (spec, violations) -> {});
  }

  /** The same, and {@code rules} that hold in that version only. */
  public ObjectType<S> served(String version, BiConsumer<S, Violations> rules) {
    SequencedMap<String, BiConsumer<S, Violations>> all = new LinkedHashMap<>(versions);
    all.put(version, rules);
    return new ObjectType<>(kind, spec, layout, all);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ObjectType<?> type && kind.equals(type.kind);
  }

  @Override
  public int hashCode() {
    return kind.hashCode();
  }
}
