package dev.weir.controlplane.translate;

import com.google.protobuf.Message;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What routes ask of the HTTP filters of their connection manager. */
final class FilterUse {
  // Most routes ask for nothing.
  private Set<String> configured = Set.of();
  private Map<String, Map<String, Message>> own = Map.of();

  /** Takes note that routes configure a HTTP filter. */
  void configure(Set<String> httpFilters) {
    if (httpFilters.isEmpty()) {
      return;
    }
    if (configured.isEmpty()) {
      configured = new HashSet<>();
    }
    configured.addAll(httpFilters);
  }

  /** Takes note of an instance of a HTTP filter that a rule has for itself. */
  void add(String httpFilter, String instance, Message config) {
    if (own.isEmpty()) {
      own = new HashMap<>();
    }
    own.computeIfAbsent(httpFilter, type -> new TreeMap<>()).put(instance, config);
  }

  /** Takes note of all that others ask for. */
  void addAll(FilterUse others) {
    configure(others.configured);
    others.own.forEach((httpFilter, instances) ->
        instances.forEach((instance, config) -> add(httpFilter, instance, config)));
  }

  /** Whether routes configure that HTTP filter. */
  boolean isConfigured(String httpFilter) {
    return configured.contains(httpFilter);
  }

  /** The instances of a HTTP filter that rules have for themselves: configurations by name. */
  Map<String, Message> own(String httpFilter) {
    return own.getOrDefault(httpFilter, Map.of());
  }
}
