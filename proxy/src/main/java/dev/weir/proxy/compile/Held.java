package dev.weir.proxy.compile;

import com.google.protobuf.Message;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.xds.XdsSnapshot.Resource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One resource as the proxy holds it: what was offered last, and the last good version, which runs.
 *
 * @param <T> what the resource compiles to
 * @param <D> what else the result depends on
 * @param offered the last version, good or bad
 * @param depends what the result was made with; the same version with the same is not made again
 * @param running the version that runs, or null if none was ever good
 * @param value the result of the running version, or null
 * @param error why the last version is rejected, or null if it runs
 */
record Held<M extends Message, T, D>(
    Resource<M> offered,
    D depends,
    @Nullable Resource<M> running,
    @Nullable T value,
    @Nullable String error) {

  /** Tells what in a message the proxy would have to ignore. */
  @FunctionalInterface
  interface Check {
    /**
     * What it is, in a line each; empty if there is nothing.
     *
     * @param good a message in which there was nothing, or null
     */
    List<String> unsupported(Message message, @Nullable Message good);
  }

  /** Compiles one resource. */
  @FunctionalInterface
  interface Step<M extends Message, T, D> {
    /**
     * Compiles.
     *
     * @param earlier what the version gave that has run so far, or null: parts of it that would
     *     come out the same may be used again
     */
    T compile(M message, D depends, @Nullable T earlier) throws InvalidConfig;
  }

  /**
   * The next state of all resources of one type.
   *
   * @param last what {@code before} was made of
   * @param depends what the result for the resource of a name depends on
   */
  @SuppressWarnings("ReferenceEquality") // snapshots keep the map of a type that did not change
  static <M extends Message, T, D> Map<String, Held<M, T, D>> update(
      Map<String, Held<M, T, D>> before,
      Map<String, Resource<M>> last,
      Map<String, Resource<M>> offered,
      Function<String, D> depends,
      Check check,
      Step<M, T, D> step) {
    if (offered == last && unmoved(before, depends)) {
      return before;
    }
    Map<String, Held<M, T, D>> after = HashMap.newHashMap(offered.size());
    offered.forEach((name, resource) ->
        after.put(name, next(before.get(name), resource, depends.apply(name), check, step)));
    return after;
  }

  private static <M extends Message, T, D> boolean unmoved(
      Map<String, Held<M, T, D>> before, Function<String, D> depends) {
    for (Map.Entry<String, Held<M, T, D>> each : before.entrySet()) {
      if (!each.getValue().depends.equals(depends.apply(each.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static <M extends Message, T, D> Held<M, T, D> next(
      @Nullable Held<M, T, D> before,
      Resource<M> offered,
      D depends,
      Check check,
      Step<M, T, D> step) {
    boolean sameVersion = before != null && same(before.offered, offered);
    if (before != null && sameVersion && before.depends.equals(depends)) {
      return before;
    }
    if (before != null && sameVersion && before.error != null) {
      return new Held<>(
          offered, depends, before.running, before.again(depends, step), before.error);
    }
    Resource<M> good = before == null ? null : before.running;
    String error;
    try {
      List<String> unsupported =
          good == null
              ? check.unsupported(offered.message(), null)
              // The same also when a bad version is taken back.
              : same(good, offered)
                  ? List.of()
                  : check.unsupported(offered.message(), good.message());
      if (unsupported.isEmpty()) {
        T value = step.compile(offered.message(), depends, before == null ? null : before.value);
        return new Held<>(offered, depends, offered, value, null);
      }
      error = String.join("; ", unsupported.subList(0, Math.min(10, unsupported.size())));
    } catch (InvalidConfig e) {
      error = String.valueOf(e.getMessage());
    } catch (RuntimeException e) {
      // A bug, and still no reason to let other resources suffer.
      error = "internal error: " + e + " at " + e.getStackTrace()[0];
    }
    return before == null
        ? new Held<>(offered, depends, null, null, error)
        : new Held<>(offered, depends, before.running, before.again(depends, step), error);
  }

  /** The result of the running version with other {@code depends}. */
  private @Nullable T again(D now, Step<M, T, D> step) {
    if (running == null || depends.equals(now)) {
      return value;
    }
    try {
      return step.compile(running.message(), now, value);
    } catch (InvalidConfig | RuntimeException e) {
      return value; // The version is rejected anyhow; what it was good for before, it still is.
    }
  }

  private static boolean same(Resource<?> a, Resource<?> b) {
    return a.version().equals(b.version());
  }
}
