package dev.weir.proxy.upstream;

import dev.weir.proxy.stream.ResponseReceiver;

/** Somebody who waits for a stream. */
public final class PendingStream {
  private final Pool pool;
  private final ResponseReceiver receiver;

  PendingStream(Pool pool, ResponseReceiver receiver) {
    this.pool = pool;
    this.receiver = receiver;
  }

  ResponseReceiver receiver() {
    return receiver;
  }

  /** Waits no longer; the receiver gets no call. Without effect once it was called. */
  public void withdraw() {
    pool.withdraw(this);
  }
}
