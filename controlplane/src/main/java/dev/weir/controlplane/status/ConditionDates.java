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
  private final Latest latest;
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
      List<Condition> conditions) {}

  /**
   * What conditions follow from.
   *
   * @param before what they were
   */
  private record Cause(
      long generation,
      List<Statement> statements,
      @Nullable ConditionType kept,
      List<Condition> before,
      Instant now) {
    List<Condition> conditions() {
      return statements.stream().map(this::condition).toList();
    }

    private Condition condition(Statement statement) {
      String type = statement.type().text();
      Condition old = old(type);
      if (old != null && statement.type() == kept) {
        return old;
      }
      return new Condition(
          type,
          statement.status(),
          generation,
          old != null && old.status() == statement.status() ? old.lastTransitionTime() : now,
          statement.reason().text(),
          statement.message());
    }

    private @Nullable Condition old(String type) {
      for (Condition condition : before) {
        if (condition.type().equals(type)) {
          return condition;
        }
      }
      return null;
    }
  }

  /**
   * What was dated last of all objects. Most say the same as the one before them, and then share
   * one list of conditions.
   */
  static final class Latest {
    private Cause cause = new Cause(0, List.of(), null, List.of(), Instant.EPOCH);
    private List<Condition> conditions = List.of();

    private void follow(Cause next) {
      if (!next.equals(cause)) {
        cause = next;
        conditions = next.conditions();
      }
    }
  }

  ConditionDates(Latest latest) {
    this.latest = latest;
  }

  /** Begins a new round; what is not dated in it is forgotten when it ends. */
  void startRound(Instant time) {
    now = time;
    previous = current;
    current = new ArrayList<>(1);
  }

  /** Ends it: all conditions of the object are dated. */
  void endRound() {
    previous = List.of();
    current = List.copyOf(current);
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
    long generation = subject.generation();
    Dated dated = before(part);
    if (dated == null
        || dated.generation != generation
        || dated.kept != kept
        || !dated.statements.equals(statements)) {
      List<Condition> before = dated == null ? List.of() : dated.conditions;
      latest.follow(new Cause(generation, List.copyOf(statements), kept, before, now));
      dated = new Dated(part, generation, latest.cause.statements, kept, latest.conditions);
    }
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
}
