package dev.weir.controlplane.decode;

import java.nio.charset.StandardCharsets;

/**
 * A text of configuration.
 *
 * @param name what messages call it: the path of a file
 * @param content its bytes; not to be changed any more
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record SourceText(String name, byte[] content) {
  public static SourceText of(String name, String content) {
    return new SourceText(name, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether it is JSON, and not YAML: the name tells. */
  boolean isJson() {
    return name.endsWith(".json");
  }
}
