package dev.weir.proxy.server;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The sockets for QUIC of one worker, those that retire included. On the worker's loop only, unless
 * said otherwise.
 */
final class QuicSockets {
  /** Datagrams on their way from other workers; more are lost, as datagrams may be. */
  private static final int MOST_PASSED = 1024;

  private final Worker worker;
  private final IntFunction<@Nullable Worker> workers;
  private final Map<InetSocketAddress, QuicSocket> open = new HashMap<>();
  private final AtomicInteger passed = new AtomicInteger();

  /**
   * No sockets yet.
   *
   * @param workers by number; null for numbers that none has
   */
  QuicSockets(Worker worker, IntFunction<@Nullable Worker> workers) {
    this.worker = worker;
    this.workers = workers;
  }

  /** Opens a socket for a listener, or goes on with one that is open. */
  ChannelFuture bind(InetSocketAddress address, QuicListenerState listener) {
    QuicSocket present = open.get(address);
    if (present != null) {
      present.serve(listener);
      return present.channel().newSucceededFuture();
    }
    QuicSocket socket = new QuicSocket(worker, address);
    open.put(address, socket);
    socket.channel().closeFuture().addListener(closed -> open.remove(address, socket));
    return socket.bind(listener);
  }

  /** Whether a socket is open on an address. */
  boolean has(InetSocketAddress address) {
    return open.containsKey(address);
  }

  @Nullable QuicSocket at(InetSocketAddress address) {
    return open.get(address);
  }

  /** Something other than QUIC wants the address: what still uses the socket ends. */
  void release(InetSocketAddress address) {
    QuicSocket socket = open.get(address);
    if (socket != null && socket.retired()) {
      socket.channel().close();
    }
  }

  /** Ends everything. */
  void close() {
    List.copyOf(open.values()).forEach(socket -> socket.channel().close());
  }

  /** Gives a datagram to the worker that has its connection, at its socket on the same address. */
  void pass(DatagramPacket packet, int owner, InetSocketAddress address) {
    Worker other = workers.apply(owner);
    // A copy: buffers do not change their loop.
    DatagramPacket copy =
        other == null ? null : packet.replace(Unpooled.copiedBuffer(packet.content()));
    packet.release();
    if (other != null && copy != null) {
      other.quic().take(copy, address);
    }
  }

  /** Takes a datagram that another worker got. From any thread. */
  private void take(DatagramPacket packet, InetSocketAddress address) {
    if (passed.incrementAndGet() > MOST_PASSED) {
      passed.decrementAndGet();
      packet.release();
      return;
    }
    try {
      worker.loop().execute(() -> taken(packet, address));
    } catch (RejectedExecutionException closed) {
      packet.release();
    }
  }

  private void taken(DatagramPacket packet, InetSocketAddress address) {
    passed.decrementAndGet();
    QuicSocket socket = open.get(address);
    if (socket == null) {
      packet.release();
    } else {
      socket.receive(packet);
    }
  }
}
