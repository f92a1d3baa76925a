package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.core.api.schema.Payload;
import dev.weir.core.api.schema.Union;
import dev.weir.core.api.schema.Variant;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A mapping with a field that names the variant, and one that holds its content. */
record UnionShape(String discriminator, Map<String, Alternative> alternatives) implements Shape {

  /** How the content of a variant is read. */
  private record Alternative(String type, String field, Shape content) {}

  static UnionShape of(Class<?> type) {
    Map<String, Alternative> alternatives = new LinkedHashMap<>();
    for (Class<?> permitted : type.getPermittedSubclasses()) {
      Variant variant = Objects.requireNonNull(permitted.getAnnotation(Variant.class));
      alternatives.put(
          variant.type(), new Alternative(variant.type(), variant.field(), content(permitted)));
    }
    Union union = Objects.requireNonNull(type.getAnnotation(Union.class));
    return new UnionShape(union.value(), alternatives);
  }

  private static Shape content(Class<?> variant) {
    RecordComponent[] components = variant.getRecordComponents();
    if (components.length != 1 || !components[0].isAnnotationPresent(Payload.class)) {
      return Shapes.record(variant);
    }
    Shape payload = Shapes.of(components[0].getAnnotatedType());
    Constructor<?> constructor = Reflection.constructor(variant);
    return (tree, path, findings) -> {
      Object value = payload.read(tree, path, findings);
      return value == null ? null : Reflection.make(constructor, value);
    };
  }

  @Override
  public @Nullable Object read(Tree tree, Path path, Findings findings) {
    if (!(tree instanceof Mapping mapping)) {
      Shape.wrongType(tree, path, findings, "a mapping");
      return null;
    }
    Fields fields = new Fields(mapping, path, findings);
    Alternative chosen = chosen(fields, path, findings);
    for (Entry entry : fields.all().values()) {
      check(entry, chosen, path, findings);
    }
    if (chosen == null) {
      return null;
    }
    Path at = path.field(chosen.field);
    Tree content = fields.get(chosen.field);
    if (content == null) {
      findings.error(
          "MissingField",
          at,
          fields.line(chosen.field),
          "required with %s %s".formatted(discriminator, chosen.type));
      return null;
    }
    Object value = chosen.content.read(content, at, findings);
    return fields.valid() ? value : null;
  }

  private @Nullable Alternative chosen(Fields fields, Path path, Findings findings) {
    Path at = path.field(discriminator);
    Tree tree = fields.get(discriminator);
    List<String> types = new ArrayList<>(alternatives.keySet());
    if (tree == null) {
      findings.error(
          "MissingField",
          at,
          fields.line(discriminator),
          "required: " + Constraints.alternatives(types));
      return null;
    }
    if (!(tree instanceof Tree.Scalar scalar)) {
      Shape.wrongType(tree, at, findings, Constraints.alternatives(types));
      return null;
    }
    Alternative found = alternatives.get(scalar.text());
    if (found == null) {
      Constraints.unknownValue(scalar.text(), types, tree, at, findings);
    }
    return found;
  }

  private void check(Entry entry, @Nullable Alternative chosen, Path path, Findings findings) {
    String name = entry.key();
    if (name.equals(discriminator) || (chosen != null && name.equals(chosen.field))) {
      return;
    }
    List<String> fields = new ArrayList<>(List.of(discriminator));
    for (Alternative alternative : alternatives.values()) {
      fields.add(alternative.field);
      if (alternative.field.equals(name)) {
        if (chosen != null && !entry.value().isNull()) {
          findings.error(
              "InvalidCombination",
              path.field(name),
              entry.line(),
              "only possible with %s %s, which is %s here: remove it"
                  .formatted(discriminator, alternative.type, chosen.type));
        }
        return;
      }
    }
    findings.unknownField(path, entry.line(), name, fields);
  }
}
