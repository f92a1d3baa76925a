package dev.weir.proxy.exchange;

import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.upstream.EndpointState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an exchange has to remember between attempts; made when one first needs it. The response of
 * an attempt that is not good enough is read on and thrown away while the exchange pauses, so that
 * its connection can be used again.
 */
final class Retries {
  private final Deadline pause;
  private final List<EndpointState> tried = new ArrayList<>(2);
  private @Nullable Attempt discarded;

  /**
   * For one exchange.
   *
   * @param resume makes the next attempt
   */
  Retries(Deadlines deadlines, Runnable resume) {
    this.pause = deadlines.create(resume);
  }

  /** Notes where {@code attempt}, which is over or {@linkplain Attempt#discard discarded}, was. */
  void after(Attempt attempt) {
    EndpointState endpoint = attempt.endpoint();
    if (endpoint != null && !tried.contains(endpoint)) {
      tried.add(endpoint);
    }
    discarded = attempt;
  }

  /** The endpoints where attempts were made. */
  List<EndpointState> tried() {
    return tried;
  }

  /** The next attempt is to be made in {@code nanos}. */
  void pause(long nanos) {
    pause.set(nanos);
  }

  /** The next attempt begins: what is left of the one before is worth no more waiting. */
  void next() {
    pause.clear();
    if (discarded != null) {
      discarded.cancel();
      discarded = null;
    }
  }

  /** The exchange is over. */
  void end() {
    next();
    tried.clear();
  }
}
