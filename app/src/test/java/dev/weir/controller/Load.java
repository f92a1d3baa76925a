package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.endtoend.Eventually;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that ask all the time until this is closed. Half of them make a connection for each
 * request, the others keep theirs for {@value #REUSED} requests. Each request that does not get its
 * answer is a failure, but for one: of a connection that was used before and closed without a byte
 * of an answer, as a server may close an idle one at any time (RFC 9112, section 9.3.1). Such a
 * request is asked again on a new connection and counted apart.
 */
final class Load implements AutoCloseable {
  private static final int REUSED = 50;
  private static final int PATIENCE_MILLIS = 10_000;
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(5);

  private final InetSocketAddress address;
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger repeated = new AtomicInteger();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final List<Thread> clients = new ArrayList<>();
  private volatile boolean over;

  private Load(InetSocketAddress address) {
    this.address = address;
  }

  static Load on(InetSocketAddress address) {
    return new Load(address);
  }

  /** Asks a host, which may answer with any of these bodies. */
  void asks(String host, String... bodies) {
    Set<String> expected = Set.of(bodies);
    clients.add(Thread.ofPlatform().daemon().start(() -> run(host, expected, 1)));
    clients.add(Thread.ofPlatform().daemon().start(() -> run(host, expected, REUSED)));
  }

  private void run(String host, Set<String> expected, int requests) {
    while (!over) {
      int n = 0;
      try (Socket socket = connect()) {
        for (; n < requests && !over; n++) {
          boolean last = n == requests - 1;
          String answer = ask(socket, host, last);
          if (answer.startsWith("HTTP/1.1 200 ")
              && expected.contains(answer.substring(answer.indexOf("\r\n\r\n") + 4))) {
            answered.incrementAndGet();
          } else {
            failures.add(Instant.now() + " " + host + ": " + answer);
          }
          LockSupport.parkNanos(PAUSE);
          if (answer.toLowerCase(Locale.ROOT).contains("\r\nconnection: close\r\n")) {
            break;
          }
        }
      } catch (ClosedWithoutAnswer e) {
        if (n > 0) {
          repeated.incrementAndGet();
        } else {
          failures.add("%s %s, a new connection: %s".formatted(Instant.now(), host, e));
        }
      } catch (IOException e) {
        failures.add("%s %s, request %d of a connection: %s".formatted(Instant.now(), host, n, e));
      }
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(address, PATIENCE_MILLIS);
    return socket;
  }

  /** One request on a connection of its own; the head and the body of the answer. */
  static String ask(InetSocketAddress address, String host) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(address, PATIENCE_MILLIS);
      return ask(socket, host, true);
    }
  }

  private static String ask(Socket socket, String host, boolean last) throws IOException {
    byte[] request =
        "GET / HTTP/1.1\r\nHost: %s\r\n%s\r\n"
            .formatted(host, last ? "Connection: close\r\n" : "")
            .getBytes(StandardCharsets.ISO_8859_1);
    try {
      socket.getOutputStream().write(request);
    } catch (SocketException closed) {
      throw new ClosedWithoutAnswer();
    }
    InputStream in = socket.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
      int next = next(in, head.isEmpty());
      if (next < 0) {
        throw new IOException("closed after: " + head);
      }
      head.append((char) next);
    }
    int length = contentLength(head.toString());
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new IOException("closed in the body of: " + head);
    }
    return head.append(new String(body, StandardCharsets.ISO_8859_1)).toString();
  }

  private static int next(InputStream in, boolean first) throws IOException {
    try {
      int next = in.read();
      if (next >= 0 || !first) {
        return next;
      }
    } catch (SocketException reset) {
      if (!first) {
        throw reset;
      }
    }
    throw new ClosedWithoutAnswer();
  }

  /** The connection ended before the first byte of an answer. */
  private static final class ClosedWithoutAnswer extends IOException {
    private static final long serialVersionUID = 1;

    ClosedWithoutAnswer() {
      super("closed without an answer");
    }
  }

  private static int contentLength(String head) throws IOException {
    for (String line : head.split("\r\n", -1)) {
      if (line.regionMatches(true, 0, "content-length: ", 0, 16)) {
        return Integer.parseInt(line.substring(16).trim());
      }
    }
    throw new IOException("no Content-Length: " + head);
  }

  /** Waits for so many more answers; none may be missing. */
  void goesOnFor(int more) throws Exception {
    int goal = answered.get() + more;
    Eventually.holds(() -> assertThat(answered.get() + failures.size()).isGreaterThan(goal));
    assertThat(failures).isEmpty();
  }

  int answered() {
    return answered.get();
  }

  /** Requests that a connection which was kept did not take any more. */
  int repeated() {
    return repeated.get();
  }

  List<String> failures() {
    return failures;
  }

  @Override
  public void close() {
    over = true;
    for (Thread client : clients) {
      try {
        client.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
