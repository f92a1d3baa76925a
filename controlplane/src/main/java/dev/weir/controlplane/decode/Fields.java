package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a mapping by name. */
final class Fields {
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final int line;
  private boolean valid = true;

  /** Reports fields that are given twice. */
  Fields(Mapping mapping, Path path, Findings findings) {
    this.line = mapping.line();
    for (Entry entry : mapping.entries()) {
      Entry first = entries.putIfAbsent(entry.key(), entry);
      if (first != null) {
        findings.error(
            "Duplicate",
            path.field(entry.key()),
            entry.line(),
            "given twice" + (first.line() == 0 ? "" : ", first in line " + first.line()));
        valid = false;
      }
    }
  }

  /** The value, or null if it is absent or null, which is the same in the Kubernetes API. */
  @Nullable Tree get(String name) {
    Entry entry = entries.get(name);
    return entry == null || entry.value().isNull() ? null : entry.value();
  }

  /** The line of a field, even if it is null; that of the mapping if it is absent. */
  int line(String name) {
    Entry entry = entries.get(name);
    return entry == null ? line : entry.line();
  }

  /** Reports that a field that has no value needs one. */
  void missing(String name, Path path, Findings findings) {
    String state = entries.containsKey(name) ? "empty" : "missing";
    findings.error("MissingField", path.field(name), line(name), "required, but " + state);
  }

  Map<String, Entry> all() {
    return entries;
  }

  boolean valid() {
    return valid;
  }
}
