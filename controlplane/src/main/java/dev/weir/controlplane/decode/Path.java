package dev.weir.controlplane.decode;

import org.jspecify.annotations.Nullable;

/** A place within an object; text is made of it only when there is a problem. */
record Path(@Nullable Path parent, String step) {
  static final Path ROOT = new Path(null, "");

  Path field(String name) {
    return new Path(this, "." + name);
  }

  Path item(int index) {
    return new Path(this, "[" + index + "]");
  }

  Path key(String key) {
    return new Path(this, "[" + key + "]");
  }

  /** The place at a path in text form, relative to this one. */
  Path resolve(String path) {
    return path.isEmpty() ? this : new Path(this, path.startsWith("[") ? path : "." + path);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    append(text);
    return text.isEmpty() || text.charAt(0) != '.' ? text.toString() : text.substring(1);
  }

  private void append(StringBuilder text) {
    if (parent != null) {
      parent.append(text);
    }
    text.append(step);
  }
}
