package dev.weir.controlplane.deploy;

import dev.weir.controlplane.decode.Tree;
import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Scalar;
import dev.weir.controlplane.decode.Tree.Sequence;
import dev.weir.controlplane.decode.Tree.Sort;
import dev.weir.core.api.k8s.IntOrString;
import dev.weir.core.api.schema.JsonNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A mapping that is being written, field by field. */
final class MappingWriter {
  private final List<Entry> entries = new ArrayList<>();

  static MappingWriter mapping() {
    return new MappingWriter();
  }

  /** Writes a field; none if the value is null. */
  MappingWriter put(String field, @Nullable Object value) {
    if (value != null) {
      entries.add(new Entry(field, 0, tree(value)));
    }
    return this;
  }

  /** Writes a field; none if the map is empty. */
  MappingWriter putUnlessEmpty(String field, Map<String, String> map) {
    return map.isEmpty() ? this : put(field, map);
  }

  Mapping written() {
    return new Mapping(entries, 0);
  }

  private static Tree tree(Object value) {
    return switch (value) {
      case Tree tree -> tree;
      case MappingWriter mapping -> mapping.written();
      case String text -> new Scalar(text, Sort.STRING, 0);
      case Integer number -> new Scalar(number.toString(), Sort.INTEGER, 0);
      case Boolean bool -> new Scalar(bool.toString(), Sort.BOOLEAN, 0);
      case Enum<?> constant -> new Scalar(JsonNames.of(constant), Sort.STRING, 0);
      case IntOrString.Int number -> tree(number.value());
      case IntOrString.Text text -> tree(text.value());
      case List<?> items -> new Sequence(items.stream().map(MappingWriter::tree).toList(), 0);
      case Map<?, ?> map ->
          new Mapping(
              map.entrySet().stream()
                  .map(entry -> new Entry(entry.getKey().toString(), 0, tree(entry.getValue())))
                  .toList(),
              0);
      default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
    };
  }
}
