package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Scalar;
import dev.weir.controlplane.decode.Tree.Sequence;
import dev.weir.controlplane.decode.Tree.Sort;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Inline;
import dev.weir.core.api.schema.JsonNames;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A mapping whose fields are the components of a record. */
final class RecordShape implements Shape {
  /** What happens if a field is absent. */
  private sealed interface Absent {
    /** It has this value; null: none. */
    record Value(@Nullable Object value) implements Absent {}

    /** It counts as an empty list, which may be too short. */
    record EmptyList() implements Absent {}

    /** It counts as an empty map. */
    record EmptyMap() implements Absent {}

    /** It is missing. */
    record Refused() implements Absent {}
  }

  private sealed interface Component {
    record Field(String name, Shape shape, Absent absent) implements Component {}

    record Inlined(RecordShape shape) implements Component {}
  }

  /** Stands for a value that is not there because its text is wrong. */
  private static final Object REFUSED = new Object();

  private final Constructor<?> constructor;
  private final List<Component> components;
  private final Set<String> names;

  private RecordShape(Constructor<?> constructor, List<Component> components) {
    this.constructor = constructor;
    this.components = components;
    this.names = new LinkedHashSet<>();
    for (Component component : components) {
      switch (component) {
        case Component.Field field -> names.add(field.name);
        case Component.Inlined inlined -> names.addAll(inlined.shape.names);
      }
    }
  }

  static RecordShape of(Class<? extends Record> type) {
    List<Component> components = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.isAnnotationPresent(Inline.class)) {
        components.add(new Component.Inlined(Shapes.record(component.getType())));
      } else {
        Shape shape = Shapes.of(component.getAnnotatedType());
        components.add(
            new Component.Field(JsonNames.of(component), shape, absent(component, shape)));
      }
    }
    return new RecordShape(Reflection.constructor(type), components);
  }

  private static Absent absent(RecordComponent component, Shape shape) {
    Default given = component.getAnnotation(Default.class);
    if (given != null) {
      return new Absent.Value(defaultValue(component, given.value(), shape));
    }
    if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
      return new Absent.Value(null);
    }
    if (Shapes.isCollection(component.getAnnotatedType())) {
      return component.getType() == List.class ? new Absent.EmptyList() : new Absent.EmptyMap();
    }
    return new Absent.Refused();
  }

  private static Object defaultValue(RecordComponent component, String text, Shape shape) {
    Findings findings = Findings.of(component.toString(), null);
    Tree tree = text.isEmpty() ? new Scalar("", Sort.STRING, 0) : YamlParser.constant(text);
    Object value = shape.read(tree, Path.ROOT, findings);
    if (value == null) {
      throw new IllegalStateException(findings.problems().toString());
    }
    return value;
  }

  /** The names of all fields. */
  Set<String> names() {
    return names;
  }

  @Override
  public @Nullable Object read(Tree tree, Path path, Findings findings) {
    if (!(tree instanceof Mapping mapping)) {
      Shape.wrongType(tree, path, findings, "a mapping");
      return null;
    }
    Fields fields = new Fields(mapping, path, findings);
    for (Entry entry : fields.all().values()) {
      if (!names.contains(entry.key())) {
        findings.unknownField(path, entry.line(), entry.key(), names);
      }
    }
    Object value = read(fields, mapping, path, findings);
    return fields.valid() ? value : null;
  }

  /** Reads the fields of this record, whatever others there are. */
  @Nullable Object read(Fields fields, Mapping mapping, Path path, Findings findings) {
    @Nullable Object[] values = new @Nullable Object[components.size()];
    boolean valid = true;
    for (int i = 0; i < values.length; i++) {
      switch (components.get(i)) {
        case Component.Inlined inlined -> {
          values[i] = inlined.shape.read(fields, mapping, path, findings);
          valid &= values[i] != null;
        }
        case Component.Field field -> {
          values[i] = read(field, fields, path, findings);
          valid &= values[i] != REFUSED;
        }
      }
    }
    if (!valid) {
      return null;
    }
    Object made = Reflection.make(constructor, values);
    if (made instanceof Checked checked) {
      checked.check((at, message) ->
          findings.error("InvalidCombination", path.resolve(at), Lines.of(mapping, at), message));
    }
    return made;
  }

  private static @Nullable Object read(
      Component.Field field, Fields fields, Path path, Findings findings) {
    Path at = path.field(field.name);
    Tree tree = fields.get(field.name);
    int line = fields.line(field.name);
    if (tree != null) {
      return orRefused(field.shape.read(tree, at, findings));
    }
    return switch (field.absent) {
      case Absent.Value known -> known.value;
      case Absent.EmptyList() ->
          orRefused(field.shape.read(new Sequence(List.of(), line), at, findings));
      case Absent.EmptyMap() ->
          orRefused(field.shape.read(new Mapping(List.of(), line), at, findings));
      case Absent.Refused() -> {
        fields.missing(field.name, path, findings);
        yield REFUSED;
      }
    };
  }

  private static Object orRefused(@Nullable Object value) {
    return value == null ? REFUSED : value;
  }
}
