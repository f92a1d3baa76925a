package dev.weir.proxy.server;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Stands between a client and a server of UDP, and shows the server another address at will. */
final class Nat implements AutoCloseable {
  private static final int LARGEST = 65_535;

  private final InetSocketAddress server;
  private final DatagramSocket inside;
  private volatile DatagramSocket outside;
  private volatile @Nullable SocketAddress client;

  /** What the server sent, with the address that it sent to. */
  final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();

  /** How many datagrams the client sent since the address changed. */
  final AtomicInteger passed = new AtomicInteger();

  @SuppressWarnings("ArrayRecordComponent") // compared nowhere
  record Answer(InetSocketAddress to, byte[] data) {}

  private Nat(InetSocketAddress server) throws IOException {
    this.server = server;
    inside = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    outside = open(InetAddress.getLoopbackAddress());
  }

  static Nat before(InetSocketAddress server) throws IOException {
    Nat nat = new Nat(server);
    Thread.ofVirtual().start(nat::passOn);
    return nat;
  }

  /** Where the client sends to. */
  InetSocketAddress address() {
    return (InetSocketAddress) inside.getLocalSocketAddress();
  }

  /** The server sees the client at another port of {@code address} from now on. */
  void change(InetAddress address) throws IOException {
    DatagramSocket before = outside;
    outside = open(address);
    passed.set(0);
    before.close();
  }

  private DatagramSocket open(InetAddress address) throws IOException {
    DatagramSocket socket = new DatagramSocket(0, address);
    Thread.ofVirtual().start(() -> passBack(socket));
    return socket;
  }

  private void passOn() {
    while (true) {
      try {
        DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
        inside.receive(packet);
        client = packet.getSocketAddress();
        packet.setSocketAddress(server);
        outside.send(packet);
        passed.incrementAndGet();
      } catch (IOException e) {
        if (inside.isClosed()) {
          return;
        }
        // The address changed at this moment: a datagram is lost.
      }
    }
  }

  private void passBack(DatagramSocket from) {
    InetSocketAddress to = (InetSocketAddress) from.getLocalSocketAddress();
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
        from.receive(packet);
        answers.add(new Answer(to, Arrays.copyOf(packet.getData(), packet.getLength())));
        packet.setSocketAddress(client);
        inside.send(packet);
      }
    } catch (IOException closed) {
      // the address changed, or the test is over
    }
  }

  @Override
  public void close() {
    inside.close();
    outside.close();
  }
}
