package dev.weir.proxy.upstream;

import dev.weir.proxy.stream.ResponseReceiver;
import org.jspecify.annotations.Nullable;

/** The connections of one worker to one endpoint. */
sealed interface Pool permits Http1Pool, Http2Pool {
  /**
   * Asks for a stream: the receiver gets {@link ResponseReceiver#upstreamReady} or {@link
   * ResponseReceiver#responseFailed}, during the call or later.
   *
   * @return what withdraws the request while it waits; null if it was answered during the call
   */
  @Nullable PendingStream acquire(ResponseReceiver receiver, Reuse reuse);

  /** No longer wants a stream. */
  void withdraw(PendingStream pending);

  /** Closes connections as soon as nothing runs on them; nothing is asked for any more. */
  void drain();

  /** Connections that are open or being made. */
  int connections();

  /** Requests that wait for a connection. */
  int pending();
}
