package dev.weir.controller;

import dev.weir.endtoend.Loopback;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A way over TCP that a test can close, cut in the middle of what is sent, and lead elsewhere; it
 * counts the bytes. Of several targets each connection gets one at random, whether or not it is
 * there: as of a Service that has not noticed yet.
 */
final class Relay implements AutoCloseable {
  private static final int PORT = 7000;
  private static final int BACKLOG = 64;
  private static final long UNLIMITED = Long.MAX_VALUE / 2;

  private final InetSocketAddress address;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong left = new AtomicLong(UNLIMITED);
  private final AtomicInteger cuts = new AtomicInteger();
  private final Random lot = new Random(4711);
  private volatile List<InetSocketAddress> targets;
  private ServerSocket server;

  private Relay(List<InetSocketAddress> targets) throws IOException {
    this.address = new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), PORT);
    this.targets = List.copyOf(targets);
    this.server = listen();
  }

  static Relay to(InetSocketAddress... targets) throws IOException {
    return new Relay(List.of(targets));
  }

  private ServerSocket listen() throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(address, BACKLOG);
    Thread.ofPlatform().daemon().name("relay").start(() -> accept(socket));
    return socket;
  }

  InetSocketAddress address() {
    return address;
  }

  /** Bytes from the target so far. */
  long received() {
    return received.get();
  }

  /** Bytes to the target so far. */
  long sent() {
    return sent.get();
  }

  /** How often a limit ended a connection. */
  int cuts() {
    return cuts.get();
  }

  /** Where new connections go. */
  void leadTo(InetSocketAddress... others) {
    targets = List.of(others);
  }

  /** Ends all connections; new ones are welcome. */
  void cut() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
  }

  /** Once so many more bytes came from the target, all connections end. */
  void cutAfter(long bytes) {
    left.set(bytes);
  }

  /** Nobody is here any more. */
  void refuse() throws IOException {
    server.close();
    cut();
  }

  /** Here again. */
  void admit() throws IOException {
    server = listen();
  }

  private void accept(ServerSocket socket) {
    while (true) {
      Socket near;
      try {
        near = socket.accept();
      } catch (IOException closed) {
        return;
      }
      Socket far = new Socket();
      try {
        List<InetSocketAddress> now = targets;
        far.connect(now.get(lot.nextInt(now.size())));
        near.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        open.add(near);
        open.add(far);
        carry(near, far, sent, false);
        carry(far, near, received, true);
        if (socket.isClosed()) {
          end(near, far);
        }
      } catch (IOException absent) {
        end(near, far);
      }
    }
  }

  private void carry(Socket from, Socket to, AtomicLong count, boolean limited) {
    Thread.ofPlatform()
        .daemon()
        .name("relay-" + from.getPort())
        .start(() -> {
          try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[8192];
            int read;
            while ((read = in.read(buffer)) > 0) {
              count.addAndGet(read);
              if (limited && left.get() < UNLIMITED) {
                long allowed = left.addAndGet(-read) + read;
                if (allowed < read) {
                  out.write(buffer, 0, (int) Math.max(0, allowed));
                  left.set(UNLIMITED);
                  cuts.incrementAndGet();
                  cut();
                  return;
                }
              }
              out.write(buffer, 0, read);
            }
          } catch (IOException closed) {
            // By one of the ends, or cut.
          } finally {
            end(from, to);
          }
        });
  }

  private void end(Socket one, Socket other) {
    for (Socket socket : new Socket[] {one, other}) {
      open.remove(socket);
      try {
        socket.close();
      } catch (IOException e) {
        // It is gone.
      }
    }
  }

  @Override
  public void close() throws IOException {
    refuse();
  }
}
