package dev.weir.controlplane.decode;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes records and reads them. What fails here is a mistake in a record, not in a text. */
final class Reflection {
  private Reflection() {}

  static Constructor<?> constructor(Class<?> type) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor;
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  static Object make(Constructor<?> constructor, @Nullable Object... arguments) {
    try {
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException | InstantiationException | IllegalAccessException e) {
      throw new IllegalStateException(constructor.getDeclaringClass() + " cannot be made", e);
    }
  }

  static @Nullable Object get(RecordComponent component, Object value) {
    try {
      return component.getAccessor().invoke(value);
    } catch (InvocationTargetException | IllegalAccessException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }
}
