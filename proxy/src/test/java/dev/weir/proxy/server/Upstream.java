package dev.weir.proxy.server;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;

/** A server whose connections follow a script, each on a virtual thread of its own. */
final class Upstream implements AutoCloseable {
  /** What one connection does. */
  interface Script {
    void run(Peer peer) throws IOException, InterruptedException;
  }

  private final ServerSocket server;
  private final Script script;
  private final List<Peer> peers = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile AssertionError broken = new AssertionError("unexpected end of a script");
  private volatile boolean failed;

  private Upstream(ServerSocket server, Script script) {
    this.server = server;
    this.script = script;
  }

  static Upstream start(Script script) throws IOException {
    return start(new ServerSocket(0, 128, InetAddress.getLoopbackAddress()), script);
  }

  static Upstream start(ServerSocket server, Script script) {
    Upstream upstream = new Upstream(server, script);
    Thread.ofVirtual().start(upstream::accept);
    return upstream;
  }

  /** Answers every request with 200 and this body. */
  static Upstream answering(String body) throws IOException {
    return start(peer -> answerAll(peer, body));
  }

  /** Reads heads without bodies and answers until the client closes. */
  static void answerAll(Peer peer, String body) throws IOException {
    while (true) {
      try {
        peer.readHead();
      } catch (EOFException | SocketException end) {
        return;
      }
      peer.send("HTTP/1.1 200 OK|Content-Length: " + body.length() + "||" + body);
    }
  }

  private void accept() {
    while (true) {
      Socket socket;
      try {
        socket = server.accept();
      } catch (IOException closed) {
        return;
      }
      connections.incrementAndGet();
      Thread.ofVirtual().start(() -> converse(socket));
    }
  }

  private void converse(Socket socket) {
    try (Peer peer = new Peer(socket)) {
      peers.add(peer);
      script.run(peer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (EOFException | SocketException | SSLException end) {
      // The proxy closed, as many tests want it to.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (AssertionError e) {
      broken = e;
      failed = true;
      throw e;
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
  }

  /** Connections accepted so far. */
  int connections() {
    return connections.get();
  }

  /** Stops and fails if an assertion in a script failed. */
  @Override
  public void close() throws IOException {
    server.close();
    for (Peer peer : peers) {
      peer.close();
    }
    if (failed) {
      throw broken;
    }
  }
}
