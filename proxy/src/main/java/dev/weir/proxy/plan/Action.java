package dev.weir.proxy.plan;

import dev.weir.core.failure.Reason;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.Sessions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The last step of a route. */
public sealed interface Action {

  /**
   * Sends the request to a backend.
   *
   * @param backends at least one; chosen by session or weight before any filter runs
   * @param totalWeight sum of the weights; if 0, requests without a session are answered with 500
   * @param keepsClients whether some backend has {@link WeightedBackend#sessions()}
   * @param missingCluster how a request is answered whose cluster the plan does not have
   * @param timeouts of the exchange and of one attempt
   * @param retry when to try again, or null for only where that is safe without being asked for
   */
  record Forward(
      List<WeightedBackend> backends,
      long totalWeight,
      boolean keepsClients,
      Reason missingCluster,
      Timeouts timeouts,
      @Nullable RetryPolicy retry)
      implements Action {
    public Forward {
      backends = List.copyOf(backends);
    }
  }

  /**
   * One of the backends of a route.
   *
   * @param cluster name of the cluster
   * @param weight share of the requests
   * @param filters all filters of the requests that go to this backend, in request order, instead
   *     of {@link RoutePlan#filters()}: the same array unless the backend has configuration of its
   *     own
   * @param change how requests to it are changed
   * @param redirect where clients are sent instead, or null to forward
   * @param sessions what keeps clients at its endpoints, or null
   * @param mirrors who gets copies of the requests, those of the route included
   */
  @SuppressWarnings("ArrayRecordComponent") // read by index on the request path, never compared
  record WeightedBackend(
      String cluster,
      long weight,
      CompiledFilter[] filters,
      Change change,
      @Nullable Redirect redirect,
      @Nullable Sessions sessions,
      List<Mirror> mirrors) {
    public WeightedBackend {
      mirrors = List.copyOf(mirrors);
    }
  }

  /**
   * How the target of requests is changed.
   *
   * @param path how the path is rewritten, or null for not at all
   * @param host the new authority, or null to keep the client's
   */
  @SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
  record Change(@Nullable PathRewrite path, byte @Nullable [] host) {
    public static final Change NONE = new Change(null, null);
  }

  /**
   * Gets copies of a share of the requests; nobody waits for its answers.
   *
   * @param cluster name of the cluster
   * @param numerator of the share; at least the denominator: all requests
   * @param denominator of the share; at least 1
   * @param hostSuffix whether {@code -shadow} is appended to the host
   */
  record Mirror(String cluster, int numerator, int denominator, boolean hostSuffix) {}

  /**
   * Times in nanoseconds; 0 = no limit.
   *
   * @param request from the last byte of the request head to the last of the response
   * @param backendRequest the same for one attempt
   */
  record Timeouts(long request, long backendRequest) {
    public static final Timeouts NONE = new Timeouts(0, 0);
  }

  /**
   * Redirects; null parts are the request's own.
   *
   * @param scheme {@code http} or {@code https}
   * @param host without port
   * @param port -1: the request's port, or none where the scheme is redirected
   */
  record Redirect(
      int status,
      @Nullable String scheme,
      @Nullable String host,
      int port,
      @Nullable PathRewrite path)
      implements Action {}

  /** Answers by itself. */
  @SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
  record Respond(int status, Reason reason, byte[] body) implements Action {}
}
