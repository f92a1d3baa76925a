package dev.weir.proxy.upstream;

import dev.weir.core.failure.Failure;
import io.netty.channel.Channel;

/** What came of asking an endpoint for a UDP socket. */
public sealed interface DatagramSocket {
  /**
   * It is connected: it takes buffers, and reads from the endpoint only. Closing it is the user's
   * business.
   */
  record Open(Channel channel) implements DatagramSocket {}

  record Refused(Failure failure) implements DatagramSocket {}
}
