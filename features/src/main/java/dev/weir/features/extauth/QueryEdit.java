package dev.weir.features.extauth;

import dev.weir.core.http.RequestHead;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes of the query of a request: parameters that are set, with one value each, and others that
 * are removed. Those that are not named stay as they were sent.
 */
record QueryEdit(Map<String, String> set, List<String> remove) {
  static final QueryEdit NONE = new QueryEdit(Map.of(), List.of());

  /** Applies it to the target of {@code head}. */
  void apply(RequestHead head) {
    if (set.isEmpty() && remove.isEmpty()) {
      return;
    }
    StringBuilder query = new StringBuilder();
    String target = head.target();
    int question = target.indexOf('?');
    if (question >= 0) {
      for (String parameter : target.substring(question + 1).split("&", -1)) {
        String name = name(parameter);
        if (!parameter.isEmpty()
            && (name == null || (!set.containsKey(name) && !remove.contains(name)))) {
          add(query, parameter);
        }
      }
    }
    set.forEach((name, value) -> add(query, encoded(name) + "=" + encoded(value)));
    String path = question < 0 ? target : target.substring(0, question);
    head.target((path + query).getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void add(StringBuilder query, String parameter) {
    query.append(query.isEmpty() ? '?' : '&').append(parameter);
  }

  /** The name of a parameter as it is meant; null if it is no valid escape. */
  private static @Nullable String name(String parameter) {
    int equals = parameter.indexOf('=');
    String name = equals < 0 ? parameter : parameter.substring(0, equals);
    try {
      return URLDecoder.decode(name, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException noEscape) {
      return null;
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
