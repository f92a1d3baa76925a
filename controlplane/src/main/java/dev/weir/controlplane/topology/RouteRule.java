package dev.weir.controlplane.topology;

import dev.weir.core.api.gateway.SessionPersistence;
import dev.weir.core.problem.ObjectRef;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One rule of a route, with every reference resolved. */
public sealed interface RouteRule {
  Ref ref();

  /**
   * A rule that is used.
   *
   * @param filters in the order of the rule; only types that are supported
   * @param backends may be empty: then a redirect or another filter must answer, else 500
   * @param sessions how clients are kept at one endpoint, whatever the weights are by then; null if
   *     the rule does not ask for it
   */
  record Serving(
      Ref ref,
      List<RuleFilter> filters,
      List<WeightedBackend> backends,
      Timeouts timeouts,
      @Nullable Retry retry,
      @Nullable SessionPersistence sessions)
      implements RouteRule {
    public Serving {
      filters = List.copyOf(filters);
      backends = List.copyOf(backends);
    }
  }

  /**
   * A rule that asks for something that cannot be honoured, for example a filter of an unknown
   * type. What it matches is answered 500: neither this rule without its filter nor a broader rule
   * may serve such requests.
   *
   * @param message why, for people
   */
  record Broken(Ref ref, String message) implements RouteRule {}

  /**
   * A rule by position.
   *
   * @param name the rule's name, or null
   */
  record Ref(ObjectRef route, int index, @Nullable String name) {
    /** The same by the rule's name, if it has one, so that it stays where rules come and go. */
    public String lasting() {
      return name == null ? toString() : route + "/named/" + name;
    }

    /** {@code HTTPRoute/ns/name/rule/0}. */
    @Override
    public String toString() {
      return route + "/rule/" + index;
    }
  }

  /**
   * Limits on time; null is unset, zero is no limit.
   *
   * @param request the whole exchange, all attempts included
   * @param backendRequest one attempt
   */
  record Timeouts(@Nullable Duration request, @Nullable Duration backendRequest) {
    public static final Timeouts NONE = new Timeouts(null, null);
  }

  /**
   * When and how often to try again.
   *
   * @param attempts how many tries may follow the first, or null for the proxy's choice
   * @param backoff least time between two tries, or null for the proxy's choice
   * @param codes response codes after which to try again
   */
  record Retry(@Nullable Integer attempts, @Nullable Duration backoff, List<Integer> codes) {
    public Retry {
      codes = List.copyOf(codes);
    }
  }
}
