package dev.weir.proxy.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A server that accepts nothing and whose queue is full: connections to it are never made. */
final class FullServer implements AutoCloseable {
  private static final int CONNECT_MILLIS = 200;

  private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final List<Socket> queued = new ArrayList<>();

  FullServer() throws IOException {
    while (true) {
      Socket socket = new Socket();
      try {
        socket.connect(address(), CONNECT_MILLIS);
        queued.add(socket);
      } catch (SocketTimeoutException full) {
        socket.close();
        return;
      }
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
  }

  /** Accepts what is in the queue, and whatever comes. */
  void drain() {
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              server.accept().close();
            }
          } catch (IOException closed) {
            // the test is over
          }
        });
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : queued) {
      socket.close();
    }
  }
}
