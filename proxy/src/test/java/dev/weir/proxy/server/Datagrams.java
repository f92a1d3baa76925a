package dev.weir.proxy.server;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A UDP socket, client or server end; text is ISO 8859-1. */
final class Datagrams implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;
  private static final int LARGEST = 65_535;

  private final DatagramSocket socket;

  private Datagrams(DatagramSocket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  /** A client: takes datagrams from {@code server} only. */
  static Datagrams connect(InetSocketAddress server) throws IOException {
    return connect(InetAddress.getLoopbackAddress(), server);
  }

  /** A client with that address. */
  static Datagrams connect(InetAddress from, InetSocketAddress server) throws IOException {
    DatagramSocket socket = new DatagramSocket(0, from);
    socket.connect(server);
    return new Datagrams(socket);
  }

  /** A server on a free port. */
  static Datagrams bind() throws IOException {
    return new Datagrams(new DatagramSocket(0, InetAddress.getLoopbackAddress()));
  }

  static Datagrams bind(InetSocketAddress address) throws IOException {
    return new Datagrams(new DatagramSocket(address));
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  Datagrams send(String text) throws IOException {
    return send(bytes(text));
  }

  Datagrams send(byte[] data) throws IOException {
    socket.send(new DatagramPacket(data, data.length));
    return this;
  }

  /** Sends to whom a server got a datagram from. */
  void reply(Received to, String text) throws IOException {
    byte[] data = bytes(text);
    socket.send(new DatagramPacket(data, data.length, to.from()));
  }

  /** The next datagram; fails if none comes in time. */
  Received receive() throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
    socket.receive(packet);
    return new Received(
        Arrays.copyOf(packet.getData(), packet.getLength()), packet.getSocketAddress());
  }

  /** The next datagram if one comes within that time. */
  @Nullable Received receive(int millis) throws IOException {
    socket.setSoTimeout(millis);
    try {
      return receive();
    } catch (SocketTimeoutException none) {
      return null;
    } finally {
      socket.setSoTimeout(PATIENCE_MILLIS);
    }
  }

  String ask(String text) throws IOException {
    return send(text).receive().text();
  }

  /** Answers everything with its name and what came, on a thread of its own until closed. */
  Datagrams answering(String name) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              Received question = receive(Integer.MAX_VALUE);
              if (question != null) {
                reply(question, name + question.text());
              }
            }
          } catch (IOException closed) {
            // the test is over
          }
        });
    return this;
  }

  @Override
  public void close() {
    socket.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** What came from whom. */
  @SuppressWarnings("ArrayRecordComponent") // compared nowhere
  record Received(byte[] data, SocketAddress from) {
    String text() {
      return new String(data, StandardCharsets.ISO_8859_1);
    }
  }
}
