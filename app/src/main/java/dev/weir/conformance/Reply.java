package dev.weir.conformance;

import dev.weir.core.api.Bytes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A response as it came.
 *
 * @param protocol {@code HTTP/1.1} or {@code HTTP/2.0}
 * @param headers values by name in lower case
 */
record Reply(
    int status,
    String protocol,
    Map<String, List<String>> headers,
    Bytes body,
    Map<String, List<String>> trailers) {

  /** The values of a field joined by commas; null if it is absent. */
  @Nullable String header(String lowerCaseName) {
    List<String> values = headers.get(lowerCaseName);
    return values == null ? null : String.join(",", values);
  }
}
