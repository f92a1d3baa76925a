package dev.weir.proxy.upstream;

import dev.weir.core.failure.Failure;
import io.netty.channel.Channel;

/** Who asked an endpoint for a connection of its own: told once how that went. */
public interface ConnectionUser {
  /**
   * The connection is there, TLS included, and nobody reads from it yet: the time to add a handler.
   * Closing it is the user's business.
   */
  void connected(Channel channel);

  /** It could not be made. */
  void connectFailed(Failure failure);
}
