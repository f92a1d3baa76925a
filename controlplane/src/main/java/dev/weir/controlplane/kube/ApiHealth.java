package dev.weir.controlplane.kube;

import java.io.IOException;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the API server answers. Says so once when that changes, and counts. Thread-safe. */
public final class ApiHealth {
  private static final Logger log = LoggerFactory.getLogger(ApiHealth.class);

  private final LongAdder failures = new LongAdder();
  private boolean reachable = true;

  ApiHealth() {}

  /** Whether the last request got an answer, of whatever kind; true before the first. */
  public synchronized boolean reachable() {
    return reachable;
  }

  /** Requests without an answer so far. */
  public long failures() {
    return failures.sum();
  }

  synchronized void answered() {
    if (!reachable) {
      reachable = true;
      log.info("the API server answers again");
    }
  }

  /** Notes that there was no answer; the exception to throw for it. */
  synchronized IOException failed(Throwable cause) {
    failures.increment();
    String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    if (reachable) {
      reachable = false;
      log.warn("the API server does not answer: {}; what was read last stays in use", why);
    }
    return new IOException("no answer of the API server: " + why, cause);
  }
}
