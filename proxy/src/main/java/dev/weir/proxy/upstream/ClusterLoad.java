package dev.weir.proxy.upstream;

import dev.weir.proxy.plan.ClusterPlan.Limits;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How much a cluster is asked for by all workers together, against its limits. The only thing that
 * loops share about a cluster.
 */
final class ClusterLoad {
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();

  /** Counts a connection in, unless the limit is reached and {@code first} does not excuse it. */
  boolean addConnection(Limits limits, boolean first) {
    int open = connections.incrementAndGet();
    if (limits.connections() == 0 || open <= limits.connections() || first) {
      return true;
    }
    connections.decrementAndGet();
    return false;
  }

  void removeConnection() {
    connections.decrementAndGet();
  }

  boolean addPending(Limits limits) {
    return add(pending, limits.pendingRequests());
  }

  void removePending() {
    pending.decrementAndGet();
  }

  /** Counts a request in and tells whether it is within the limit. */
  boolean addRequest(Limits limits) {
    return requests.incrementAndGet() <= limits.requests();
  }

  /** Counts running requests in or, if negative, out. */
  void addRequests(int running) {
    requests.addAndGet(running);
  }

  private static boolean add(AtomicInteger count, int limit) {
    if (count.incrementAndGet() <= limit || limit == 0) {
      return true;
    }
    count.decrementAndGet();
    return false;
  }
}
