package dev.weir.proxy.upstream;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.stream.ResponseReceiver;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Requests that wait for a connection to one endpoint, the oldest first. */
final class WaitingLine {
  private static final Failure OVERFLOW =
      Failure.upstream(Reason.UPSTREAM_OVERFLOW, Retry.NEVER, "too many requests wait");

  private final ArrayDeque<PendingStream> line = new ArrayDeque<>();
  private final ClusterState cluster;

  WaitingLine(ClusterState cluster) {
    this.cluster = cluster;
  }

  /** Lets the receiver wait, or fails it and returns null if too many do. */
  @Nullable PendingStream add(Pool pool, ResponseReceiver receiver) {
    if (!cluster.load().addPending(cluster.limits())) {
      receiver.responseFailed(OVERFLOW);
      return null;
    }
    PendingStream pending = new PendingStream(pool, receiver);
    line.add(pending);
    return pending;
  }

  void remove(PendingStream pending) {
    if (line.remove(pending)) {
      cluster.load().removePending();
    }
  }

  /** Takes the oldest out of the line. */
  @Nullable ResponseReceiver poll() {
    PendingStream pending = line.poll();
    if (pending == null) {
      return null;
    }
    cluster.load().removePending();
    return pending.receiver();
  }

  int size() {
    return line.size();
  }
}
