package dev.weir.proxy.compile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Names of all fields that messages have in Envoy's API, for those that the proxy refuses. They are
 * read when the first one is asked for: a configuration that is good needs none.
 */
final class AllFields {
  /**
   * Written by the build: a line for each message, its name, then number and name of each field.
   */
  private static final String FILE = "/dev/weir/envoy/all-fields.txt";

  /** By full name of the message, then by number of the field. */
  private static final Map<String, Map<String, String>> NAMES = read();

  private AllFields() {}

  /** Name of the field with that number, or null if the message has none. */
  static @Nullable String name(String message, int number) {
    return NAMES.getOrDefault(message, Map.of()).get(String.valueOf(number));
  }

  private static Map<String, Map<String, String>> read() {
    Map<String, Map<String, String>> names = new HashMap<>();
    try (InputStream in = AllFields.class.getResourceAsStream(FILE)) {
      String text =
          new String(Objects.requireNonNull(in, FILE).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        String[] words = line.split(" ");
        Map<String, String> fields = new HashMap<>();
        for (int i = 1; i < words.length; i += 2) {
          fields.put(words[i], words[i + 1]);
        }
        names.put(words[0], fields);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return names;
  }
}
