package dev.weir.controlplane.deploy;

import dev.weir.controlplane.decode.Tree;
import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lays wishes over a pod template as {@code kubectl patch} does: mappings are merged, null removes,
 * lists whose elements have a key in Kubernetes are merged by it, others are replaced.
 */
final class Overlay {
  /** What tells the elements of a list apart, by the field that holds it. */
  private static final Map<String, String> KEYS =
      Map.ofEntries(
          Map.entry("containers", "name"),
          Map.entry("initContainers", "name"),
          Map.entry("env", "name"),
          Map.entry("volumes", "name"),
          Map.entry("volumeMounts", "mountPath"),
          Map.entry("ports", "containerPort"),
          Map.entry("imagePullSecrets", "name"),
          Map.entry("hostAliases", "ip"),
          Map.entry("sysctls", "name"),
          Map.entry("topologySpreadConstraints", "topologyKey"));

  private static final Mapping EMPTY = new Mapping(List.of(), 0);

  private Overlay() {}

  /** The base with the changes. */
  static Mapping over(Mapping base, Mapping changes) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    base.entries().forEach(entry -> entries.put(entry.key(), entry));
    for (Entry change : changes.entries()) {
      if (change.value().isNull()) {
        entries.remove(change.key());
      } else {
        Entry old = entries.get(change.key());
        Tree value = merged(change.key(), old == null ? null : old.value(), change.value());
        entries.put(change.key(), new Entry(change.key(), 0, value));
      }
    }
    return new Mapping(List.copyOf(entries.values()), 0);
  }

  private static Tree merged(String field, @Nullable Tree base, Tree change) {
    String key = KEYS.get(field);
    return switch (change) {
      case Mapping mapping -> over(base instanceof Mapping old ? old : EMPTY, mapping);
      case Sequence list when key != null && base instanceof Sequence old -> byKey(key, old, list);
      default -> change;
    };
  }

  private static Sequence byKey(String key, Sequence base, Sequence changes) {
    List<Tree> items = new ArrayList<>(base.items());
    for (Tree change : changes.items()) {
      int place = place(items, key, change);
      if (place < 0) {
        items.add(change);
      } else if (items.get(place) instanceof Mapping old && change instanceof Mapping mapping) {
        items.set(place, over(old, mapping));
      }
    }
    return new Sequence(items, 0);
  }

  /** Where the element with the same key is, or -1. */
  private static int place(List<Tree> items, String key, Tree wanted) {
    String value = text(wanted, key);
    for (int i = 0; i < items.size(); i++) {
      if (value != null && value.equals(text(items.get(i), key))) {
        return i;
      }
    }
    return -1;
  }

  private static @Nullable String text(Tree item, String key) {
    return item instanceof Mapping mapping && mapping.get(key) instanceof Tree.Scalar scalar
        ? scalar.text()
        : null;
  }
}
