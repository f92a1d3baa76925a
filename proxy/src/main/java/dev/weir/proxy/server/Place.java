package dev.weir.proxy.server;

import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.ListenerPlan.Transport;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Where a listener is to be: an address, of TCP or of UDP. */
record Place(Transport transport, InetSocketAddress address) {
  static Place of(ListenerPlan listener, InetSocketAddress address) {
    return new Place(listener.transport(), address);
  }

  /**
   * Finds out whether somebody else has the place, by taking it and letting go. Workers share it by
   * SO_REUSEPORT, with which the kernel would share it with another process of the same user as
   * well, and half of the connections would go astray without a word.
   *
   * @throws IOException if it is taken or cannot be used
   */
  void tryBind() throws IOException {
    switch (transport) {
      case TCP -> {
        try (ServerSocket socket = new ServerSocket()) {
          socket.setReuseAddress(true);
          socket.bind(address);
        }
      }
      case QUIC -> {
        try (DatagramSocket socket = new DatagramSocket(null)) {
          socket.bind(address);
        }
      }
    }
  }

  BindFailure failure(ListenerPlan listener, String message) {
    return new BindFailure(listener.name(), NetUtil.toSocketAddressString(address), message);
  }
}
