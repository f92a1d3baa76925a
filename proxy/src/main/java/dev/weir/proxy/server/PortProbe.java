package dev.weir.proxy.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * Finds out whether somebody else listens on an address. Workers share addresses by SO_REUSEPORT,
 * with which the kernel would share them with another process of the same user as well, and half of
 * the connections would go astray without a word.
 */
final class PortProbe {
  private PortProbe() {}

  /**
   * Binds and lets go.
   *
   * @throws IOException if the address is taken or cannot be used
   */
  static void tryBind(InetSocketAddress address) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(address);
    }
  }
}
