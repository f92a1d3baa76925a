package dev.weir.core.api.k8s;

import dev.weir.core.api.schema.Violations;
import java.util.Map;
import java.util.regex.Pattern;

/** What Secrets and ConfigMaps share. */
final class DataKeys {
  /** Most that the values of one object may hold together, in bytes. */
  static final int MAX_SIZE = 1 << 20;

  private static final Pattern KEY = Pattern.compile("[-._a-zA-Z0-9]{1,253}");

  private DataKeys() {}

  /** Reports the keys that could not be names of files. */
  static void check(String field, Map<String, ?> data, Violations violations) {
    for (String key : data.keySet()) {
      if (!KEY.matcher(key).matches() || key.equals(".") || key.startsWith("..")) {
        violations.add(
            field + "[" + key + "]",
            "not a valid key: expected letters, digits, '-', '_' and '.', as in the name of a file");
      }
    }
  }

  static void checkSize(String field, long size, Violations violations) {
    if (size > MAX_SIZE) {
      violations.add(
          field, "%d bytes in all values, at most %d are allowed".formatted(size, MAX_SIZE));
    }
  }
}
