package dev.weir.proxy.exchange;

import dev.weir.core.filter.Sessions;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.Action.Forward;
import dev.weir.proxy.plan.Action.WeightedBackend;
import dev.weir.proxy.upstream.ClusterState;
import dev.weir.proxy.upstream.EndpointState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The endpoint to which a request belongs because its client has been there before. */
final class Session {
  private final Sessions sessions;
  private final WeightedBackend backend;
  private final long id;
  private EndpointState endpoint;
  private boolean broken;

  private Session(Sessions sessions, WeightedBackend backend, long id, EndpointState endpoint) {
    this.sessions = sessions;
    this.backend = backend;
    this.id = id;
    this.endpoint = endpoint;
  }

  /**
   * The session of a request, or null if it has none whose endpoint is still one of the route's and
   * may be used. Backends of weight 0 count as all others.
   */
  static @Nullable Session of(RequestHead request, Forward forward, Exchanges worker) {
    List<WeightedBackend> backends = forward.backends();
    Sessions asked = null;
    long id = Sessions.NONE;
    for (int i = 0; i < backends.size(); i++) {
      WeightedBackend backend = backends.get(i);
      Sessions sessions = backend.sessions();
      if (sessions == null || backend.redirect() != null) {
        continue;
      }
      if (!sessions.equals(asked)) {
        asked = sessions;
        id = sessions.endpoint(request, worker.date().epochMillis());
      }
      ClusterState cluster = id == Sessions.NONE ? null : worker.clusters().find(backend.cluster());
      EndpointState endpoint =
          cluster == null ? null : cluster.find(sessions.ids(), id, worker.deadlines().recent());
      if (endpoint != null) {
        return new Session(sessions, backend, id, endpoint);
      }
    }
    return null;
  }

  /** The backend that the endpoint is of. */
  WeightedBackend backend() {
    return backend;
  }

  /**
   * The endpoint, looked up anew as time may have passed.
   *
   * @param cluster of the backend
   * @return null if it is gone, cannot be used or has failed this request
   */
  @Nullable EndpointState endpoint(ClusterState cluster, long now) {
    EndpointState found = broken ? null : cluster.find(sessions.ids(), id, now);
    if (found != null) {
      endpoint = found;
    }
    return found;
  }

  /** The endpoint has failed: what is tried from now on may be tried anywhere. */
  void fail() {
    broken = true;
  }

  /** Whether the client knows already that it is to come back to {@code answered}. */
  boolean isAt(EndpointState answered) {
    return endpoint == answered;
  }
}
