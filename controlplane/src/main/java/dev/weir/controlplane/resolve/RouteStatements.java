package dev.weir.controlplane.resolve;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What to say of a route at one parent. */
final class RouteStatements {
  private static final Statement ATTACHED =
      Statement.holds(ConditionType.ACCEPTED, ConditionReason.ACCEPTED, "the route is attached");

  private static final Statement RESOLVED =
      Statement.holds(
          ConditionType.RESOLVED_REFS, ConditionReason.RESOLVED_REFS, "all references are good");

  /** Of most routes there is nothing else to say. */
  private static final List<Statement> GOOD = List.of(ATTACHED, RESOLVED);

  private RouteStatements() {}

  /**
   * The conditions.
   *
   * @param detached why the route is not attached to the parent, or null if it is
   */
  static List<Statement> of(RouteContent content, @Nullable Fault detached) {
    if (detached == null && content.broken().isEmpty() && content.references().isEmpty()) {
      return GOOD;
    }
    List<Statement> statements = new ArrayList<>();
    statements.add(accepted(content, detached));
    statements.add(
        content.references().isEmpty()
            ? RESOLVED
            : Statement.fails(ConditionType.RESOLVED_REFS, content.references()));
    if (content.usable() && !content.broken().isEmpty()) {
      statements.add(partiallyInvalid(content));
    }
    return statements;
  }

  private static Statement accepted(RouteContent content, @Nullable Fault detached) {
    if (detached != null) {
      return Statement.fails(ConditionType.ACCEPTED, List.of(detached));
    }
    if (!content.usable()) {
      return Statement.fails(
          ConditionType.ACCEPTED,
          content.broken().stream().flatMap(r -> r.faults().stream()).toList());
    }
    return ATTACHED;
  }

  /** The text must begin with these words (GEP-1364). */
  private static Statement partiallyInvalid(RouteContent content) {
    List<Fault> faults = content.broken().stream().flatMap(r -> r.faults().stream()).toList();
    return Statement.holds(
        ConditionType.PARTIALLY_INVALID,
        faults.getFirst().reason(),
        "Dropped Rule "
            + content.broken().stream()
                .map(broken -> String.valueOf(broken.rule().index()))
                .collect(Collectors.joining(", "))
            + ", which now answers 500: "
            + Statement.text(faults));
  }
}
