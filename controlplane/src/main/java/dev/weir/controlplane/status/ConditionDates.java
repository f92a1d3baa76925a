package dev.weir.controlplane.status;

import dev.weir.controlplane.resolve.ConditionType;
import dev.weir.controlplane.resolve.Report.Subject;
import dev.weir.controlplane.resolve.Statement;
import dev.weir.core.api.Condition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Dates the conditions of one object: one keeps its time as long as its status stays the same. Not
 * for concurrent use.
 */
final class ConditionDates {
  private List<Dated> previous = List.of();
  private List<Dated> current = List.of();
  private Instant now = Instant.EPOCH;

  /**
   * Conditions, and what they say without dates.
   *
   * @param part where they stand: the name of a listener, a parent, or empty for the object itself
   */
  private record Dated(
      Object part,
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
    current = new ArrayList<>(1);
  }

  /** The conditions of a part of the object. */
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
    Dated before = before(part);
    Dated dated =
        before != null
                && before.generation == subject.generation()
                && before.kept == kept
                && before.statements.equals(statements)
            ? before
            : new Dated(
                part,
                subject.generation(),
                List.copyOf(statements),
                kept,
                statements.stream().map(each -> condition(subject, before, each, kept)).toList());
    current.add(dated);
    return dated.conditions;
  }

  private @Nullable Dated before(Object part) {
    for (Dated dated : previous) {
      if (dated.part.equals(part)) {
        return dated;
      }
    }
    return null;
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
