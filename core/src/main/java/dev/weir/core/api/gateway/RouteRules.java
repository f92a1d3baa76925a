package dev.weir.core.api.gateway;

import dev.weir.core.api.schema.Violations;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Rules that the kinds of routes share. */
final class RouteRules {
  private static final int MATCHES = 128;

  private RouteRules() {}

  static <R> void checkNames(
      List<R> rules, Function<R, @Nullable String> name, Violations violations) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < rules.size(); i++) {
      String ruleName = name.apply(rules.get(i));
      if (ruleName != null && !seen.add(ruleName)) {
        violations.add("rules[" + i + "].name", "another rule of the route has this name");
      }
    }
  }

  static void checkMatches(int matches, Violations violations) {
    if (matches > MATCHES) {
      violations.add(
          "rules",
          "%d matches in all rules together, at most %d are allowed: split the route"
              .formatted(matches, MATCHES));
    }
  }

  /** The released versions of the stream routes have one rule. */
  static void checkSingle(List<StreamRule> rules, Violations violations) {
    if (rules.size() > 1) {
      violations.add("rules", rules.size() + " rules, but this version of the kind takes one");
    }
  }

  static <F> void checkOnce(
      List<? extends F> filters, Class<? extends F> variant, String type, Violations violations) {
    boolean seen = false;
    for (int i = 0; i < filters.size(); i++) {
      if (variant.isInstance(filters.get(i))) {
        if (seen) {
          violations.add("filters[" + i + "]", "a second " + type + ": merge it into the first");
        }
        seen = true;
      }
    }
  }
}
