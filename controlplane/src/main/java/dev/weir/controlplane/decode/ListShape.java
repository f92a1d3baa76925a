package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Sequence;
import dev.weir.core.api.schema.JsonNames;
import dev.weir.core.api.schema.Unique;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A list. */
record ListShape(Shape item, Constraints constraints, @Nullable Unique unique) implements Shape {
  @Override
  public @Nullable Object read(Tree tree, Path path, Findings findings) {
    if (!(tree instanceof Sequence sequence)) {
      wrongType(tree, path, findings);
      return null;
    }
    boolean valid = constraints.allowItems(sequence.items().size(), tree, path, findings);
    List<Object> items = new ArrayList<>(sequence.items().size());
    for (int i = 0; i < sequence.items().size(); i++) {
      Tree itemTree = sequence.items().get(i);
      Object value = null;
      if (itemTree.isNull()) {
        findings.error("MissingValue", path.item(i), itemTree.line(), "empty: remove it");
      } else {
        value = item.read(itemTree, path.item(i), findings);
      }
      if (value == null) {
        valid = false;
      } else {
        items.add(value);
      }
    }
    return valid && differ(items, sequence, path, findings) ? List.copyOf(items) : null;
  }

  private static void wrongType(Tree tree, Path path, Findings findings) {
    Shape.wrongType(tree, path, findings, "a list");
  }

  private boolean differ(List<Object> items, Sequence sequence, Path path, Findings findings) {
    if (unique == null) {
      return true;
    }
    boolean valid = true;
    Map<Object, Integer> seen = new HashMap<>();
    for (int i = 0; i < items.size(); i++) {
      Integer first = seen.putIfAbsent(key(items.get(i)), i);
      if (first != null) {
        String what = unique.value().length == 0 ? "value" : String.join(" and ", unique.value());
        findings.error(
            "Duplicate",
            path.item(i),
            sequence.items().get(i).line(),
            "the same %s as %s".formatted(what, path.item(first)));
        valid = false;
      }
    }
    return valid;
  }

  private Object key(Object value) {
    if (unique == null || unique.value().length == 0) {
      return value;
    }
    return Arrays.stream(value.getClass().getRecordComponents())
        .filter(component -> Arrays.asList(unique.value()).contains(JsonNames.of(component)))
        .map(component -> Reflection.get(component, value))
        .toList();
  }
}
