package dev.weir.proxy.stream;

import dev.weir.core.failure.Failure;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.plan.HttpOptions;
import org.jspecify.annotations.Nullable;

/**
 * What a downstream codec needs to know of the place it works in. One per connection, made by the
 * server when the connection is accepted and, for TLS, after the handshake.
 */
public interface DownstreamContext {
  /** Limits and timeouts as the current plan has them; may change between requests. */
  HttpOptions options();

  /** Where a new request goes. */
  RequestReceiver.Acceptor acceptor();

  /** Deadlines of the connection's loop. */
  Deadlines deadlines();

  /** Whether the connection is TLS. */
  boolean secure();

  /** The server name of the TLS handshake, lower case, or null. */
  @Nullable String serverName();

  /** Whether the server wants connections to end: the codec closes after the current exchange. */
  boolean draining();

  /**
   * A request was refused before it became an exchange: the codec has answered with the status of
   * the failure's reason, or closed the connection. For access log and metrics.
   */
  void rejected(Failure failure);
}
