package dev.weir.proxy.http.h1;

import static dev.weir.proxy.http.h1.Peer.http;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Both codecs back to back, with scripted peers on real sockets. */
@ExtendWith(Leaks.class)
class RelayTest {
  private Ground ground;
  private Peer client;

  @BeforeEach
  void open() throws Exception {
    ground = new Ground();
    client = ground.client();
  }

  @AfterEach
  void close() throws Exception {
    client.close();
    ground.close();
  }

  @Test
  void forwardsAndReusesBothConnections() throws Exception {
    String get = http("GET /one?x=1 HTTP/1.1|Host: a.example|Accept: */*||");
    client.send(get);
    try (Peer upstream = ground.upstream()) {
      assertThat(upstream.readHead()).isEqualTo(get);
      String ok = http("HTTP/1.1 200 OK|Server: s|Content-Length: 5||hello");
      upstream.send(ok);
      assertThat(client.readUntil("hello")).isEqualTo(ok);

      String post = http("POST /two HTTP/1.1|Host: a.example|Content-Length: 3||abc");
      client.send(post);
      assertThat(upstream.readUntil("abc")).isEqualTo(post);
      String none = http("HTTP/1.1 204 No Content||");
      upstream.send(none);
      assertThat(client.readHead()).isEqualTo(none);
      assertThat(ground.upstreamsOpened).hasValue(1);
    }
  }

  @Test
  void passesChunksAndTrailersBothWays() throws Exception {
    String chunked = "POST / HTTP/1.1|Host: a|Trailer: X-T|Transfer-Encoding: chunked||";
    client.send(http(chunked + "3;ext=1|abc|2|de|0|X-T: 1|Content-Length: 9||"));
    try (Peer upstream = ground.upstream()) {
      assertThat(upstream.readUntil(http("0|X-T: 1||")))
          .isEqualTo(
              http(
                  "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked|Trailer: X-T||"
                      + "3|abc|2|de|0|X-T: 1||"));
      upstream.send(http("HTTP/1.1 200 OK|Transfer-Encoding: chunked||A|0123456789|0|Y: 2||"));
      assertThat(client.readUntil(http("Y: 2||")))
          .isEqualTo(http("HTTP/1.1 200 OK|Transfer-Encoding: chunked||a|0123456789|0|Y: 2||"));
    }
  }

  @Test
  void relays100ContinueAndTheBodyAfterIt() throws Exception {
    client.send(http("PUT / HTTP/1.1|Host: a|Expect: 100-continue|Content-Length: 3||"));
    try (Peer upstream = ground.upstream()) {
      assertThat(upstream.readHead()).contains("Expect: 100-continue");
      upstream.send(http("HTTP/1.1 100 Continue||"));
      assertThat(client.readHead()).isEqualTo(http("HTTP/1.1 100 Continue||"));
      client.send("abc");
      assertThat(upstream.read(3)).isEqualTo("abc");
      upstream.send(http("HTTP/1.1 201 Created|Content-Length: 0||"));
      assertThat(client.readHead()).startsWith("HTTP/1.1 201 Created");
    }
  }

  @Test
  void tunnelsWithHalfClose() throws Exception {
    ground.tunnels = true;
    client.send(http("GET /chat HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: websocket||"));
    try (Peer upstream = ground.upstream()) {
      assertThat(upstream.readHead())
          .isEqualTo(http("GET /chat HTTP/1.1|Host: a|Upgrade: websocket|Connection: upgrade||"));
      upstream.send(
          http("HTTP/1.1 101 Switching Protocols|Upgrade: websocket|Connection: Upgrade||first"));
      assertThat(client.readUntil("first"))
          .isEqualTo(
              http(
                  "HTTP/1.1 101 Switching Protocols|Upgrade: websocket|Connection: upgrade||"
                      + "first"));
      client.send("ping");
      assertThat(upstream.read(4)).isEqualTo("ping");
      client.send("last words").end();
      assertThat(upstream.readAll()).isEqualTo("last words");
      upstream.send("pong").end();
      assertThat(client.readAll()).isEqualTo("pong");
      Ground.await(() -> ground.upstreamsClosed.get() == 1);
      assertThat(ground.aborted).isEmpty();
      assertThat(ground.failed).isEmpty();
    }
  }

  @Test
  void aClientThatGoesTakesItsUpstreamConnectionWithIt() throws Exception {
    client.send(http("GET / HTTP/1.1|Host: a||"));
    try (Peer upstream = ground.upstream()) {
      upstream.readHead();
      client.close();
      assertThat(upstream.readAll()).isEmpty();
      assertThat(ground.aborted.take().reason()).isEqualTo(Reason.DOWNSTREAM_RESET);
    }
  }

  @Test
  void anEventStreamArrivesPieceByPiece() throws Exception {
    client.send(http("GET / HTTP/1.1|Host: a||"));
    try (Peer upstream = ground.upstream()) {
      upstream.readHead();
      upstream.send(http("HTTP/1.1 200 OK|Content-Type: text/event-stream||"));
      client.readHead();
      for (int i = 0; i < 10; i++) {
        upstream.send("data: " + i + "\n\n");
        assertThat(client.readUntil("data: " + i + "\n\n")).isNotEmpty();
      }
    }
  }

  @Test
  void aLargeBodyPassesUnchangedBothWays() throws Exception {
    byte[] body = new byte[20_000_000];
    new Random(1).nextBytes(body);
    String length = "Content-Length: " + body.length;
    Thread sender = sending(client, http("PUT / HTTP/1.1|Host: a|" + length + "||"), body);
    try (Peer upstream = ground.upstream()) {
      upstream.readHead();
      assertThat(upstream.read(body.length)).isEqualTo(text(body));
      sender.join();
      Thread answer = sending(upstream, http("HTTP/1.1 200 OK|" + length + "||"), body);
      client.readHead();
      assertThat(client.read(body.length)).isEqualTo(text(body));
      answer.join();
    }
  }

  /** What waits for a client that does not read is bounded, and the upstream stops meanwhile. */
  @Test
  void aClientThatDoesNotReadStopsTheUpstream() throws Exception {
    int size = 200_000_000;
    try (Peer slow = Peer.connect(ground.address(), 64 * 1024)) {
      slow.send(http("GET / HTTP/1.1|Host: a||"));
      try (Peer upstream = ground.upstream()) {
        upstream.readHead();
        AtomicLong sent = new AtomicLong();
        Thread flood = flood(upstream, size, sent);
        long stopped = Settled.value(sent::get);
        assertThat(stopped).as("taken by us and both kernels").isLessThan(size / 4);
        assertThat(ground.on(ground::pendingBytes)).isBetween(1L, 256L * 1024 + 2 * 64 * 1024);
        slow.readHead();
        slow.skip(size);
        flood.join();
        assertThat(sent).hasValue(size);
      }
    }
  }

  /** A reset is seen, or at least does no harm, while nothing is read from that socket. */
  @Test
  void aResetOfAPausedUpstreamCostsNoProcessorTime() throws Exception {
    try (Peer slow = Peer.connect(ground.address(), 64 * 1024)) {
      slow.send(http("GET / HTTP/1.1|Host: a||"));
      try (Peer upstream = ground.upstream()) {
        upstream.readHead();
        AtomicLong sent = new AtomicLong();
        Thread flood = flood(upstream, 200_000_000, sent);
        Settled.value(sent::get);
        upstream.abort();
        flood.join();
      }
      long before = ground.on(Ground::loopNanos);
      long started = System.nanoTime();
      Ground.await(() -> System.nanoTime() - started > 300_000_000L);
      assertThat(ground.on(Ground::loopNanos) - before).isLessThan(100_000_000L);
    }
  }

  private static Thread sending(Peer peer, String head, byte[] body) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            peer.send(head).send(body);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static Thread flood(Peer upstream, int size, AtomicLong sent) {
    return Thread.ofPlatform()
        .start(() -> {
          byte[] piece = new byte[10_000];
          try {
            upstream.send(http("HTTP/1.1 200 OK|Content-Length: " + size + "||"));
            for (int n = 0; n < size; n += piece.length) {
              upstream.send(piece);
              sent.addAndGet(piece.length);
            }
          } catch (IOException e) {
            // A test may end before the response.
            sent.addAndGet(0);
          }
        });
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
