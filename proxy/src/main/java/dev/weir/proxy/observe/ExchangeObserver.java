package dev.weir.proxy.observe;

import dev.weir.core.failure.Failure;

/**
 * Told about every request that came to its end: the door to access log and metrics, that of relays
 * included. One instance per worker; all calls on that worker's event loop, where nothing may
 * block.
 */
public interface ExchangeObserver {
  /** An observer that looks at nothing. */
  ExchangeObserver NONE =
      new ExchangeObserver() {
        @Override
        public void completed(CompletedExchange exchange) {}

        @Override
        public void rejected(String listener, String peerAddress, Failure failure) {}
      };

  /**
   * An exchange is over, however it ended; exactly once for each.
   *
   * @param exchange valid during the call only; the object is reused
   */
  void completed(CompletedExchange exchange);

  /**
   * A codec refused what was to become a request, so that there is no exchange: the client got the
   * status of the failure's reason, or a closed connection.
   *
   * @param listener as {@link CompletedExchange#listener()}
   */
  void rejected(String listener, String peerAddress, Failure failure);

  /**
   * A copy of a request for a mirror is over. The exchange it was copied from is completed without
   * regard to it, before or after.
   *
   * @param cluster name of the mirror's cluster
   */
  default void mirrored(String cluster, MirrorResult result) {}

  /** Where connections and datagrams are reported that are passed on as they come. */
  default RelayObserver relays() {
    return RelayObserver.NONE;
  }

  /** Makes the observer of each worker. */
  @FunctionalInterface
  interface Source {
    /** The observer of the worker with that number, counted from 0; called once for each. */
    ExchangeObserver forWorker(int worker);
  }
}
