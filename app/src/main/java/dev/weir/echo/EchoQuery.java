package dev.weir.echo;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a request target that steer the answer. Nothing is decoded, for a target may hold
 * anything and is to be echoed.
 */
final class EchoQuery {
  private final String path;
  private final Map<String, String> parameters = new HashMap<>();

  EchoQuery(String target) {
    int mark = target.indexOf('?');
    path = mark < 0 ? target : target.substring(0, mark);
    if (mark >= 0) {
      for (String pair : target.substring(mark + 1).split("&")) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          parameters.putIfAbsent(pair.substring(0, equals), pair.substring(equals + 1));
        }
      }
    }
  }

  String path() {
    return path;
  }

  /** The first value; null if there is none. */
  @Nullable String value(String name) {
    return parameters.get(name);
  }

  /** As in {@code 200ms} or {@code 1.5s}; zero if absent or no duration. */
  Duration duration(String name) {
    String text = parameters.getOrDefault(name, "0s");
    try {
      return text.endsWith("ms")
          ? Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)))
          : Duration.parse("PT" + text);
    } catch (RuntimeException e) {
      return Duration.ZERO;
    }
  }
}
