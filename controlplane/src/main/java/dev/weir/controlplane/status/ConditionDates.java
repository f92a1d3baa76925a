package dev.weir.controlplane.status;

import dev.weir.controlplane.resolve.Report.Subject;
import dev.weir.controlplane.resolve.Statement;
import dev.weir.core.api.Condition;
import dev.weir.core.problem.ObjectRef;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Dates conditions: one keeps its time as long as its status stays the same. */
final class ConditionDates {
  private Map<Place, Condition> previous = new HashMap<>();
  private Map<Place, Condition> current = new HashMap<>();
  private Instant now = Instant.EPOCH;

  /**
   * Where a condition stands.
   *
   * @param part of the object, e.g. a listener; empty for the object itself
   */
  private record Place(ObjectRef object, String part, String type) {}

  /** Begins a new round; what is not dated in it is forgotten. */
  void startRound(Instant time) {
    now = time;
    previous = current;
    current = new HashMap<>();
  }

  List<Condition> conditions(Subject subject, String part, List<Statement> statements) {
    return statements.stream().map(statement -> condition(subject, part, statement)).toList();
  }

  private Condition condition(Subject subject, String part, Statement statement) {
    Place place = new Place(subject.ref(), part, statement.type().text());
    Condition before = previous.get(place);
    Instant since =
        before != null && before.status() == statement.status() ? before.lastTransitionTime() : now;
    Condition condition =
        new Condition(
            statement.type().text(),
            statement.status(),
            subject.generation(),
            since,
            statement.reason().text(),
            statement.message());
    current.put(place, condition);
    return condition;
  }
}
