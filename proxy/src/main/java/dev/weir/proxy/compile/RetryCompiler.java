package dev.weir.proxy.compile;

import dev.weir.core.filter.InvalidConfig;
import dev.weir.envoy.config.route.v3.RetryPolicy.RetryBackOff;
import dev.weir.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import dev.weir.proxy.plan.RetryPolicy;
import dev.weir.proxy.plan.RetryPolicy.Condition;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compiles retry policies; the names of conditions and the defaults are Envoy's. */
final class RetryCompiler {
  private static final long DEFAULT_PAUSE_NANOS = 25_000_000;
  private static final int LONGEST_PAUSE_FACTOR = 10;

  private RetryCompiler() {}

  /** The policy, or null if it never tries again. */
  static @Nullable RetryPolicy compile(
      dev.weir.envoy.config.route.v3.RetryPolicy message, KnownTypes types, FieldPath at)
      throws InvalidConfig {
    Set<Condition> conditions = EnumSet.noneOf(Condition.class);
    BitSet statuses = new BitSet();
    conditions(message, conditions, statuses, at);
    predicates(message, types, at);
    long pause = DEFAULT_PAUSE_NANOS;
    long longest = pause * LONGEST_PAUSE_FACTOR;
    if (message.hasRetryBackOff()) {
      RetryBackOff backOff = message.getRetryBackOff();
      FieldPath backOffAt = at.field("retry_back_off");
      pause = Durations.nanos(backOff.getBaseInterval(), backOffAt.field("base_interval"));
      if (pause == 0) {
        throw backOffAt.field("base_interval").invalid("has to be greater than 0");
      }
      longest =
          backOff.hasMaxInterval()
              ? Durations.nanos(backOff.getMaxInterval(), backOffAt.field("max_interval"))
              : Math.max(pause, pause * LONGEST_PAUSE_FACTOR);
      if (longest < pause) {
        throw backOffAt.field("max_interval").invalid("must not be less than base_interval");
      }
    }
    int retries = message.hasNumRetries() ? message.getNumRetries().getValue() : 1;
    if (retries == 0 || (conditions.isEmpty() && statuses.isEmpty())) {
      return null;
    }
    // Numbers above the positive ones are as good as no limit.
    return new RetryPolicy(
        conditions, statuses, retries < 0 ? Integer.MAX_VALUE : retries, pause, longest);
  }

  private static void conditions(
      dev.weir.envoy.config.route.v3.RetryPolicy message,
      Set<Condition> conditions,
      BitSet statuses,
      FieldPath at)
      throws InvalidConfig {
    if (message.getRetryOn().isEmpty()) {
      return;
    }
    for (String name : message.getRetryOn().split(",", -1)) {
      switch (name.strip()) {
        case "connect-failure" -> conditions.add(Condition.CONNECT_FAILURE);
        case "refused-stream" -> conditions.add(Condition.REFUSED_STREAM);
        case "reset" -> conditions.add(Condition.RESET);
        case "5xx" -> {
          conditions.add(Condition.RESET);
          statuses.set(500, 600);
        }
        case "gateway-error" -> {
          conditions.add(Condition.RESET);
          statuses.set(502, 505);
        }
        case "retriable-4xx" -> statuses.set(409);
        case "retriable-status-codes" ->
            statuses(message.getRetriableStatusCodesList(), statuses, at);
        default ->
            throw at.field("retry_on").invalid("\"" + name.strip() + "\" is not implemented");
      }
    }
  }

  private static void statuses(List<Integer> codes, BitSet statuses, FieldPath at)
      throws InvalidConfig {
    for (int i = 0; i < codes.size(); i++) {
      int code = codes.get(i);
      if (code < 200 || code > 599) {
        throw at.field("retriable_status_codes").at(i).invalid("has to be between 200 and 599");
      }
      statuses.set(code);
    }
  }

  /** Endpoints that were tried are avoided in any case. */
  private static void predicates(
      dev.weir.envoy.config.route.v3.RetryPolicy message, KnownTypes types, FieldPath at)
      throws InvalidConfig {
    for (int i = 0; i < message.getRetryHostPredicateCount(); i++) {
      FieldPath predicateAt = at.field("retry_host_predicate").at(i).field("typed_config");
      types.unpack(
          message.getRetryHostPredicate(i).getTypedConfig(),
          PreviousHostsPredicate.class,
          predicateAt);
    }
  }
}
