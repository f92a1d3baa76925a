package dev.weir.core.api.schema;

import java.lang.reflect.RecordComponent;
import java.util.Locale;
import java.util.regex.Pattern;

/** How things of records are called in JSON. */
public final class JsonNames {
  private static final Pattern WORD = Pattern.compile("([A-Z])([A-Z0-9]*)_?");

  private JsonNames() {}

  /** The name of a field. */
  public static String of(RecordComponent component) {
    JsonName name = component.getAnnotation(JsonName.class);
    return name == null ? component.getName() : name.value();
  }

  /** The text of an enum constant. */
  public static String of(Enum<?> constant) {
    try {
      JsonName name =
          constant.getDeclaringClass().getField(constant.name()).getAnnotation(JsonName.class);
      return name == null ? camelCase(constant.name()) : name.value();
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }

  private static String camelCase(String upperCase) {
    return WORD.matcher(upperCase)
        .replaceAll(word -> word.group(1) + word.group(2).toLowerCase(Locale.ROOT));
  }
}
