package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.RequestMatch.ValueMatch;
import dev.weir.core.api.gateway.ValueMatchType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The conditions on values that all kinds of routes share. */
final class Matching {
  private Matching() {}

  /** A condition on a header or query parameter. */
  static ValueMatch value(ValueMatchType type, String name, String value) {
    return switch (type) {
      case EXACT -> new ValueMatch.Exact(name, value);
      case REGULAR_EXPRESSION -> new ValueMatch.Regex(name, value);
    };
  }

  /** Conditions; the API: of several for the same name only the first counts. */
  static <M> List<ValueMatch> values(List<M> conditions, Function<M, ValueMatch> resolve) {
    List<ValueMatch> resolved = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (M condition : conditions) {
      ValueMatch value = resolve.apply(condition);
      if (names.add(value.name())) {
        resolved.add(value);
      }
    }
    return resolved;
  }
}
