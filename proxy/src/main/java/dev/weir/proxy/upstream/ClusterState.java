package dev.weir.proxy.upstream;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.core.filter.Sessions.EndpointIds;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.ClusterPlan.EndpointPlan;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.ClusterPlan.RetryBudget;
import dev.weir.proxy.plan.ClusterPlan.UpstreamProtocol;
import dev.weir.proxy.plan.UpstreamTls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as one worker knows it. Changes of the plan, and of what DNS says, change its
 * endpoints; an endpoint that stays keeps its connections and counts.
 */
public final class ClusterState {
  /** Each gateway has its ids; those of gateways that are gone are not kept for ever. */
  private static final int MOST_SESSION_INDEXES = 8;

  static final Failure OVERFLOW =
      Failure.upstream(Reason.UPSTREAM_OVERFLOW, Retry.NEVER, "too many requests in progress");

  private final Clusters clusters;
  private final ClusterLoad load;
  private ClusterPlan plan;
  private Map<SocketAddress, EndpointState> endpoints = new LinkedHashMap<>();

  /** One for each priority that has endpoints, the first first. */
  private Balancer[] priorities = {};

  /** Made when first asked for, of the endpoints of now. */
  private final List<SessionIndex> sessions = new ArrayList<>(0);

  /** Null without a retry budget. */
  private @Nullable RetryLedger retries;

  private int active;

  ClusterState(ClusterPlan plan, Clusters clusters) {
    this.plan = plan;
    this.clusters = clusters;
    this.load = clusters.load(plan.name());
    this.retries = ledger(load, plan);
    arrange();
  }

  // --- changes
  // -------------------------------------------------------------------------------------

  private static @Nullable RetryLedger ledger(ClusterLoad load, ClusterPlan plan) {
    RetryBudget budget = plan.limits().retries();
    return budget == null ? null : load.retries(budget);
  }

  void update(ClusterPlan next) {
    ClusterPlan before = plan;
    plan = next;
    retries = ledger(load, next);
    if (before.limits().requests() == 0 && next.limits().requests() > 0) {
      load.addRequests(active);
    } else if (before.limits().requests() > 0 && next.limits().requests() == 0) {
      load.addRequests(-active);
    }
    boolean otherWise =
        before.protocol() != next.protocol() || !Objects.equals(before.tls(), next.tls());
    if (otherWise) {
      endpoints.values().forEach(EndpointState::renewConnections);
    }
    arrange();
  }

  /** DNS has news of a name; nothing happens if no endpoint has it. */
  void namesChanged(String name) {
    for (EndpointPlan endpoint : plan.endpoints()) {
      if (name.equals(endpoint.name())) {
        arrange();
        return;
      }
    }
  }

  /** Makes {@link #endpoints} what plan and DNS say, and the balancers for them. */
  private void arrange() {
    Map<SocketAddress, EndpointState> next = new LinkedHashMap<>();
    for (EndpointPlan endpoint : plan.endpoints()) {
      if (endpoint.address() instanceof InetSocketAddress inet && inet.isUnresolved()) {
        for (InetAddress ip : clusters.resolved(inet.getHostString())) {
          place(next, new InetSocketAddress(ip, inet.getPort()), endpoint);
        }
      } else {
        place(next, endpoint.address(), endpoint);
      }
    }
    endpoints.forEach((address, endpoint) -> {
      if (!next.containsKey(address)) {
        endpoint.remove();
      }
    });
    endpoints = next;
    sessions.clear();
    TreeMap<Integer, List<EndpointState>> byPriority = new TreeMap<>();
    for (EndpointState endpoint : next.values()) {
      byPriority.computeIfAbsent(endpoint.priority(), p -> new ArrayList<>()).add(endpoint);
    }
    priorities = byPriority.values().stream().map(this::balancer).toArray(Balancer[]::new);
  }

  /** The same address twice is one endpoint with both weights. */
  private void place(
      Map<SocketAddress, EndpointState> next, SocketAddress address, EndpointPlan endpoint) {
    EndpointState present = next.get(address);
    if (present != null) {
      present.configure(
          present.weight() + endpoint.weight(),
          Math.min(present.priority(), endpoint.priority()),
          endpoint.locality());
      return;
    }
    EndpointState kept = endpoints.get(address);
    EndpointState state =
        kept != null ? kept : new EndpointState(this, address, clusters.connector());
    state.configure(Math.max(1, endpoint.weight()), endpoint.priority(), endpoint.locality());
    next.put(address, state);
  }

  private Balancer balancer(List<EndpointState> members) {
    return switch (plan.balancing()) {
      case ROUND_ROBIN -> new RoundRobin(members, clusters.random());
      case LEAST_REQUEST -> new LeastRequest(members, clusters.random());
    };
  }

  /** The cluster is no longer in the plan. */
  void remove() {
    endpoints.values().forEach(EndpointState::remove);
  }

  // --- requests
  // ------------------------------------------------------------------------------------

  /**
   * An endpoint for one attempt: of the first priority that has a usable one. Where none is usable
   * because none could be connected a moment ago, all are tried again: they may be back.
   *
   * @param now the loop's time
   * @return null if the cluster has no endpoint at all
   */
  public @Nullable EndpointState pick(long now) {
    for (Balancer balancer : priorities) {
      EndpointState endpoint = balancer.pick(now);
      if (endpoint != null) {
        return endpoint;
      }
    }
    if (priorities.length == 0) {
      return null;
    }
    endpoints.values().forEach(EndpointState::forgive);
    return priorities[0].pick(now);
  }

  /**
   * As {@link #pick}, but of that priority one that is not among {@code tried}, if there is one.
   */
  public @Nullable EndpointState pickOther(Collection<EndpointState> tried, long now) {
    for (Balancer balancer : priorities) {
      EndpointState endpoint = balancer.pickOther(tried, now);
      if (endpoint != null) {
        return endpoint;
      }
    }
    return pick(now);
  }

  /**
   * The endpoint to which a session belongs.
   *
   * @param id by {@code ids}
   * @return null if the cluster has none of that id, or it could not be connected a moment ago
   */
  public @Nullable EndpointState find(EndpointIds ids, long id, long now) {
    EndpointState endpoint = sessions(ids).find(id);
    return endpoint != null && endpoint.usable(now) ? endpoint : null;
  }

  private SessionIndex sessions(EndpointIds ids) {
    for (int i = 0; i < sessions.size(); i++) {
      if (sessions.get(i).by(ids)) {
        return sessions.get(i);
      }
    }
    if (sessions.size() == MOST_SESSION_INDEXES) {
      sessions.clear();
    }
    SessionIndex index = new SessionIndex(ids, name(), endpoints.values());
    sessions.add(index);
    return index;
  }

  /** Counts an attempt in; false if that is one too many. It is counted in any case. */
  boolean admit() {
    active++;
    if (retries != null) {
      retries.attempted(clusters.now());
    }
    Limits limits = plan.limits();
    if (limits.requests() == 0) {
      return true;
    }
    return load.addRequest(limits);
  }

  /** Spends a retry that a route asks for; false if the cluster's budget has none left. */
  public boolean spendRetry() {
    return retries == null || retries.spend(clusters.now());
  }

  void attemptOver() {
    active--;
    if (plan.limits().requests() > 0) {
      load.addRequests(-1);
    }
  }

  public String name() {
    return plan.name();
  }

  /** What the endpoints speak. */
  public UpstreamProtocol protocol() {
    return plan.protocol();
  }

  @Nullable UpstreamTls tls() {
    return plan.tls();
  }

  long connectTimeoutNanos() {
    return plan.connectTimeoutNanos();
  }

  Limits limits() {
    return plan.limits();
  }

  ClusterLoad load() {
    return load;
  }

  UpstreamOptions options() {
    return clusters.options();
  }

  ClusterPlan plan() {
    return plan;
  }

  ClusterSnapshot snapshot(long now) {
    return new ClusterSnapshot(
        name(), endpoints.values().stream().map(endpoint -> endpoint.snapshot(now)).toList());
  }
}
