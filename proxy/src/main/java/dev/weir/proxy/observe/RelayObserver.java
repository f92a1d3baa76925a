package dev.weir.proxy.observe;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;

/**
 * Told about every TCP connection and UDP session that is passed on as it comes. One instance per
 * worker; all calls on that worker's event loop, where nothing may block.
 */
public interface RelayObserver {
  /** An observer that looks at nothing. */
  RelayObserver NONE =
      new RelayObserver() {
        @Override
        public void opened(String listener, String route) {}

        @Override
        public void completed(CompletedRelay relay) {}

        @Override
        public void refused(String listener, String peerAddress, Failure failure) {}

        @Override
        public void dropped(String listener, Reason reason) {}
      };

  /** A relay has begun; {@link #completed} follows, exactly once. */
  void opened(String listener, String route);

  /**
   * A relay is over, however it ended.
   *
   * @param relay valid during the call only
   */
  void completed(CompletedRelay relay);

  /** A connection was closed before it was known where it should go. */
  void refused(String listener, String peerAddress, Failure failure);

  /** A client's datagram that no session could be had for went nowhere. */
  void dropped(String listener, Reason reason);
}
