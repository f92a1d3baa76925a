package dev.weir.proxy.upstream;

import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.ClusterPlan.RetryBudget;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * How much a cluster is asked for by all workers together, against its limits. The only thing that
 * loops share about a cluster.
 */
final class ClusterLoad {
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicReference<@Nullable RetryLedger> retries = new AtomicReference<>();

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

  /** What is spent of that budget; begun anew when the budget is another than before. */
  RetryLedger retries(RetryBudget budget) {
    while (true) {
      RetryLedger present = retries.get();
      if (present != null && present.budget().equals(budget)) {
        return present;
      }
      RetryLedger begun = new RetryLedger(budget);
      if (retries.compareAndSet(present, begun)) {
        return begun;
      }
    }
  }

  private static boolean add(AtomicInteger count, int limit) {
    if (count.incrementAndGet() <= limit || limit == 0) {
      return true;
    }
    count.decrementAndGet();
    return false;
  }
}
