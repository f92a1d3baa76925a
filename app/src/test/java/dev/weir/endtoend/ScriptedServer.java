package dev.weir.endtoend;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A backend whose connections follow a script, each on a virtual thread of its own. */
public final class ScriptedServer implements AutoCloseable {
  /** What one connection does. */
  interface Script {
    void run(Peer peer) throws Exception;
  }

  private final ServerSocket server;
  private final Script script;
  private final List<Peer> peers = new CopyOnWriteArrayList<>();
  private final List<Throwable> broken = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();

  private ScriptedServer(ServerSocket server, Script script) {
    this.server = server;
    this.script = script;
  }

  static ScriptedServer start(Script script) throws IOException {
    return start(Loopback.next(), 8000, script);
  }

  static ScriptedServer start(String ip, int port, Script script) throws IOException {
    ServerSocket socket = new ServerSocket(port, 128, InetAddress.ofLiteral(ip));
    ScriptedServer started = new ScriptedServer(socket, script);
    Thread.ofVirtual().start(started::accept);
    return started;
  }

  /** Answers every request without a body with 200 and this body. */
  public static ScriptedServer answering(String body) throws IOException {
    return answering(Loopback.next(), 8000, body);
  }

  public static ScriptedServer answering(String ip, int port, String body) throws IOException {
    return start(
        ip,
        port,
        peer -> {
          while (true) {
            peer.readHead();
            peer.send("HTTP/1.1 200 OK|Content-Length: " + body.length() + "||" + body);
          }
        });
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
    } catch (EOFException | SocketException end) {
      // The gateway closed, as it may between two requests.
    } catch (Exception | AssertionError e) {
      broken.add(e);
    }
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  /** Connections accepted so far. */
  int connections() {
    return connections.get();
  }

  /** Stops, and fails if a script did. */
  @Override
  public void close() throws IOException {
    server.close();
    for (Peer peer : peers) {
      peer.close();
    }
    if (!broken.isEmpty()) {
      throw new AssertionError("a script failed", broken.getFirst());
    }
  }
}
