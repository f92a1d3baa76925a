package dev.weir.proxy.server;

import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.QuicListenerPlan;
import dev.weir.proxy.plan.TcpListenerPlan;
import dev.weir.proxy.plan.UdpListenerPlan;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Where a listener is to be: an address, for connections or for datagrams. */
record Place(Transport transport, InetSocketAddress address) {
  enum Transport {
    TCP,
    UDP
  }

  // Written out, as each start asks for them: what a record has by itself is made at run time.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Place(Transport its, InetSocketAddress at)
        && transport == its
        && address.equals(at);
  }

  @Override
  public int hashCode() {
    return 31 * transport.hashCode() + address.hashCode();
  }

  static Place of(ListenerPlan listener, InetSocketAddress address) {
    return new Place(
        switch (listener) {
          case TcpListenerPlan tcp -> Transport.TCP;
          case QuicListenerPlan quic -> Transport.UDP;
          case UdpListenerPlan udp -> Transport.UDP;
        },
        address);
  }

  /**
   * Whether one of {@code ours} is in the way of {@link #tryBind}: all addresses of a port, where
   * one of them is wanted, or the reverse. That is possible all the same, the kernel prefers the
   * more specific socket.
   */
  boolean overlaps(Collection<Place> ours) {
    return ours.stream()
        .anyMatch(place ->
            place.transport == transport
                && place.address.getPort() == address.getPort()
                && (place.isEverywhere() || isEverywhere()));
  }

  private boolean isEverywhere() {
    return address.getAddress().isAnyLocalAddress();
  }

  /**
   * Finds out whether somebody else has the place, by taking it and letting go. Workers share it by
   * SO_REUSEPORT, with which the kernel would share it with another process of the same user as
   * well, and half of the traffic would go astray without a word.
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
      case UDP -> {
        try (DatagramSocket socket = new DatagramSocket(null)) {
          socket.bind(address);
        }
      }
    }
  }

  BindFailure failure(String listener, String message) {
    return new BindFailure(listener, NetUtil.toSocketAddressString(address), message);
  }
}
