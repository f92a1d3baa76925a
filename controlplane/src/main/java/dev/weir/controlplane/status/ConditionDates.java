package dev.weir.controlplane.status;

import dev.weir.controlplane.resolve.ConditionType;
import dev.weir.controlplane.resolve.Report.Subject;
import dev.weir.controlplane.resolve.Statement;
import dev.weir.core.api.Condition;
import dev.weir.core.problem.ObjectRef;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Dates conditions: one keeps its time as long as its status stays the same. */
final class ConditionDates {
  private Map<Place, Dated> previous = new HashMap<>();
  private Map<Place, Dated> current = new HashMap<>();
  private Instant now = Instant.EPOCH;

  /**
   * Where conditions stand.
   *
   * @param part of the object: the name of a listener, a parent, or empty for the object itself
   */
  private record Place(ObjectRef object, Object part) {}

  /** Conditions, and what they say without dates. */
  private record Dated(
      long generation,
      List<Statement> statements,
      @Nullable ConditionType kept,
      List<Condition> conditions) {

    @Nullable Condition condition(String type) {
      for (Condition condition : conditions) {
        if (condition.type().equals(type)) {
          return condition;
        }
      }
      return null;
    }
  }

  /** Begins a new round; what is not dated in it is forgotten. */
  void startRound(Instant time) {
    now = time;
    previous = current;
    current = HashMap.newHashMap(previous.size());
  }

  /** The conditions of an object, or of a part of it. */
  List<Condition> conditions(Subject subject, Object part, List<Statement> statements) {
    return conditions(subject, part, statements, null);
  }

  /**
   * The same, but for a condition that stays as it was.
   *
   * @param kept type of the condition of which nothing new is known: if there was one, it stays
   *     with its generation, whatever {@code statements} say of it
   */
  List<Condition> conditions(
      Subject subject, Object part, List<Statement> statements, @Nullable ConditionType kept) {
    Place place = new Place(subject.ref(), part);
    Dated before = previous.get(place);
    Dated dated =
        before != null
                && before.generation == subject.generation()
                && before.kept == kept
                && before.statements.equals(statements)
            ? before
            : new Dated(
                subject.generation(),
                List.copyOf(statements),
                kept,
                statements.stream().map(each -> condition(subject, before, each, kept)).toList());
    current.put(place, dated);
    return dated.conditions;
  }

  private Condition condition(
      Subject subject, @Nullable Dated dated, Statement statement, @Nullable ConditionType kept) {
    String type = statement.type().text();
    Condition before = dated == null ? null : dated.condition(type);
    if (before != null && statement.type() == kept) {
      return before;
    }
    return new Condition(
        type,
        statement.status(),
        subject.generation(),
        before != null && before.status() == statement.status() ? before.lastTransitionTime() : now,
        statement.reason().text(),
        statement.message());
  }
}
