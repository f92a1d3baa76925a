package dev.weir.proxy.udp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.socket.DatagramPacket;

/**
 * Counts a datagram that waits by the memory it holds: a datagram is read into a buffer for the
 * longest there may be.
 */
final class DatagramMemory implements MessageSizeEstimator, MessageSizeEstimator.Handle {
  static final DatagramMemory INSTANCE = new DatagramMemory();

  private DatagramMemory() {}

  @Override
  public Handle newHandle() {
    return this;
  }

  @Override
  public int size(Object message) {
    return switch (message) {
      case DatagramPacket packet -> packet.content().capacity();
      case ByteBuf data -> data.capacity();
      default -> 0;
    };
  }
}
