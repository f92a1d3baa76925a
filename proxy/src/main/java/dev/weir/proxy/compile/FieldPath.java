package dev.weir.proxy.compile;

import dev.weir.core.filter.InvalidConfig;
import org.jspecify.annotations.Nullable;

/**
 * A place in a message, as {@code virtual_hosts[2].routes[0].match}. Its text is made only when it
 * is needed: in an error.
 */
final class FieldPath {
  /** The message itself. */
  static final FieldPath ROOT = new FieldPath(null, "", -1);

  private final @Nullable FieldPath parent;
  private final String name;
  private final int index;

  private FieldPath(@Nullable FieldPath parent, String name, int index) {
    this.parent = parent;
    this.name = name;
    this.index = index;
  }

  FieldPath field(String field) {
    return new FieldPath(this, field, -1);
  }

  /** The element of a list. */
  FieldPath at(int element) {
    return new FieldPath(this, "", element);
  }

  /** The entry of a map. */
  FieldPath key(String key) {
    return new FieldPath(this, "[\"" + key + "\"]", -1);
  }

  InvalidConfig invalid(String message) {
    return new InvalidConfig(toString(), message);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    appendTo(text);
    return text.toString();
  }

  private void appendTo(StringBuilder text) {
    if (parent != null) {
      parent.appendTo(text);
    }
    if (index >= 0) {
      text.append('[').append(index).append(']');
      return;
    }
    if (!text.isEmpty() && !name.startsWith("[")) {
      text.append('.');
    }
    text.append(name);
  }
}
