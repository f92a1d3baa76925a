package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON Merge Patch (RFC 7386). */
public final class MergePatch {
  private MergePatch() {}

  /** The target with the changes that the patch describes; null values remove. */
  public static Tree apply(@Nullable Tree target, Tree patch) {
    if (!(patch instanceof Mapping changes)) {
      return patch;
    }
    Map<String, Entry> entries = new LinkedHashMap<>();
    if (target instanceof Mapping mapping) {
      mapping.entries().forEach(entry -> entries.put(entry.key(), entry));
    }
    for (Entry change : changes.entries()) {
      if (change.value().isNull()) {
        entries.remove(change.key());
      } else {
        Entry old = entries.get(change.key());
        Tree value = apply(old == null ? null : old.value(), change.value());
        entries.put(change.key(), new Entry(change.key(), change.line(), value));
      }
    }
    List<Entry> result = new ArrayList<>(entries.values());
    return new Mapping(result, target == null ? patch.line() : target.line());
  }
}
