package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A map with free keys, in order of the text. */
record MapShape(Shape value, Constraints constraints) implements Shape {
  @Override
  public @Nullable Object read(Tree tree, Path path, Findings findings) {
    if (!(tree instanceof Mapping mapping)) {
      Shape.wrongType(tree, path, findings, "a mapping");
      return null;
    }
    boolean valid = constraints.allowItems(mapping.entries().size(), tree, path, findings);
    Map<String, Object> entries = new LinkedHashMap<>();
    for (Entry entry : mapping.entries()) {
      Path at = path.key(entry.key());
      Object read = null;
      if (entry.value().isNull()) {
        findings.error(
            "MissingValue", at, entry.line(), "no value: write \"\" if it is to be empty");
      } else {
        read = value.read(entry.value(), at, findings);
      }
      if (read == null) {
        valid = false;
      } else if (entries.put(entry.key(), read) != null) {
        findings.error("Duplicate", at, entry.line(), "given twice");
        valid = false;
      }
    }
    if (!valid) {
      return null;
    }
    return entries.isEmpty() ? Map.of() : Collections.unmodifiableMap(entries);
  }
}
