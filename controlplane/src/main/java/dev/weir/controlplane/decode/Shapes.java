package dev.weir.controlplane.decode;

import dev.weir.core.api.schema.Union;
import dev.weir.core.api.schema.Unique;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The shapes of Java types, made once for each record. */
final class Shapes {
  private static final Map<Class<?>, RecordShape> RECORDS = new ConcurrentHashMap<>();
  private static final Map<Class<?>, UnionShape> UNIONS = new ConcurrentHashMap<>();

  private Shapes() {}

  static Shape of(AnnotatedType type) {
    Constraints constraints = Constraints.of(type);
    if (type instanceof AnnotatedParameterizedType parameterized) {
      AnnotatedType[] arguments = parameterized.getAnnotatedActualTypeArguments();
      if (raw(type.getType()) == List.class) {
        Unique unique = type.getAnnotation(Unique.class);
        return new ListShape(of(arguments[0]), constraints, unique);
      }
      return new MapShape(of(arguments[1]), constraints);
    }
    Class<?> raw = raw(type.getType());
    Shape scalar = Scalars.of(raw, constraints);
    if (scalar != null) {
      return scalar;
    }
    return raw.isAnnotationPresent(Union.class) ? union(raw) : record(raw);
  }

  /** The shape of a record; not by computeIfAbsent, because making one makes others. */
  static RecordShape record(Class<?> type) {
    RecordShape known = RECORDS.get(type);
    if (known == null) {
      known = RecordShape.of(type.asSubclass(Record.class));
      RECORDS.put(type, known);
    }
    return known;
  }

  private static UnionShape union(Class<?> type) {
    UnionShape known = UNIONS.get(type);
    if (known == null) {
      known = UnionShape.of(type);
      UNIONS.put(type, known);
    }
    return known;
  }

  static boolean isCollection(AnnotatedType type) {
    Class<?> raw = raw(type.getType());
    return raw == List.class || raw == Map.class;
  }

  private static Class<?> raw(Type type) {
    return type instanceof ParameterizedType parameterized
        ? (Class<?>) parameterized.getRawType()
        : (Class<?>) type;
  }
}
