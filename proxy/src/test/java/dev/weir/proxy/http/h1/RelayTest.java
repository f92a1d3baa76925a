package dev.weir.proxy.http.h1;

import static dev.weir.proxy.http.h1.Peer.http;
import static org.assertj.core.api.Assertions.assertThat;

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
}
