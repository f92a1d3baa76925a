package dev.weir.conformance;

import java.lang.reflect.RecordComponent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds parts of records that are missing although they are not marked as nullable. */
final class Complete {
  private Complete() {}

  /**
   * Looks into all records and lists.
   *
   * @throws IllegalArgumentException naming the part that is missing
   */
  static void check(Object part, String path) {
    switch (part) {
      case Record read -> {
        for (RecordComponent component : read.getClass().getRecordComponents()) {
          Object value = value(component, read);
          String inner = path + "." + component.getName();
          if (value != null) {
            check(value, inner);
          } else if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
            throw new IllegalArgumentException(inner + " is missing");
          }
        }
      }
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          Object item = list.get(i);
          if (item != null) {
            check(item, path + "[" + i + "]");
          }
        }
      }
      default -> {}
    }
  }

  private static @Nullable Object value(RecordComponent component, Record of) {
    try {
      return component.getAccessor().invoke(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
