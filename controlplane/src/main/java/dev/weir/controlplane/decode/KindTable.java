package dev.weir.controlplane.decode;

import dev.weir.core.api.ObjectType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The kinds that are read, by group and name; knows slips of the pen from kinds of others. */
final class KindTable {
  /** What a pair of apiVersion and kind means. */
  sealed interface Entry {}

  /** A kind that is read. */
  record Known(ObjectType<?> type, String version) implements Entry {}

  /** A kind of somebody else, as manifests are full of. */
  record Foreign() implements Entry {}

  /**
   * Probably meant for Weir, but not understood.
   *
   * @param error whether it surely was
   * @param field the wrong one: apiVersion or kind
   */
  record Suspicious(boolean error, String group, String field, String message) implements Entry {}

  /** Kinds of the groups below that exist, and that Weir has no use for. */
  private static final Set<String> NOT_USED = Set.of("XMesh", "XBackend");

  private final Map<String, Map<String, ObjectType<?>>> types = new LinkedHashMap<>();

  KindTable(Collection<ObjectType<?>> types) {
    for (ObjectType<?> type : types) {
      this.types
          .computeIfAbsent(type.kind().group(), group -> new LinkedHashMap<>())
          .put(type.kind().kind(), type);
    }
  }

  Entry find(String apiVersion, String kind) {
    int slash = apiVersion.indexOf('/');
    String group = slash < 0 ? "" : apiVersion.substring(0, slash);
    String version = apiVersion.substring(slash + 1);
    Map<String, ObjectType<?>> ofGroup = types.get(group);
    if (ofGroup == null) {
      return otherGroup(group, kind);
    }
    ObjectType<?> type = ofGroup.get(kind);
    if (type == null) {
      return otherKind(group, kind, ofGroup);
    }
    if (!type.versions().containsKey(version)) {
      return new Suspicious(
          true,
          group,
          "apiVersion",
          "version %s of %s is not known: use %s"
              .formatted(
                  version, kind, Constraints.alternatives(List.copyOf(type.versions().keySet()))));
    }
    return new Known(type, version);
  }

  /** A group that Weir does not know: a slip only if both group and kind look familiar. */
  private Entry otherGroup(String group, String kind) {
    Set<String> candidates = new TreeSet<>();
    types.forEach((known, kinds) -> {
      if (kinds.containsKey(kind)) {
        candidates.add(known);
      }
    });
    String meant = Suggestion.of(group, candidates);
    return meant.isEmpty()
        ? new Foreign()
        : new Suspicious(
            false,
            group,
            "apiVersion",
            "not used by Weir: no group %s; did you mean %s?".formatted(group, meant));
  }

  private static Entry otherKind(String group, String kind, Map<String, ObjectType<?>> known) {
    String meant = Suggestion.of(kind, known.keySet());
    String hint = meant.isEmpty() ? "" : "; did you mean " + meant + "?";
    if (NOT_USED.contains(kind)) {
      return new Suspicious(false, group, "kind", "%s is not used by Weir".formatted(kind));
    }
    if (isShared(known.values())) {
      return meant.isEmpty()
          ? new Foreign()
          : new Suspicious(false, group, "kind", "not used by Weir" + hint);
    }
    return new Suspicious(
        true,
        group,
        "kind",
        "unknown kind %s%s"
            .formatted(
                kind,
                meant.isEmpty()
                    ? ": "
                        + Constraints.alternatives(new ArrayList<>(known.keySet()))
                        + " are known"
                    : hint));
  }

  /** Whether Weir reads some kinds of the group among many. */
  private static boolean isShared(Collection<ObjectType<?>> known) {
    return known.stream().noneMatch(type -> type.layout() == ObjectType.Layout.SPEC);
  }
}
