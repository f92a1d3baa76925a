package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Requests that are forwarded over HTTP/1.1 and their responses, byte by byte. */
@ExtendWith(NoLeaks.class)
class ForwardTest {
  private final InetSocketAddress address = TestProxy.freeAddress();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

  private Upstream recording(String response) throws IOException {
    return Upstream.start(peer -> {
      while (true) {
        requests.add(peer.readMessage());
        peer.send(response);
      }
    });
  }

  @Test
  void passesRequestAndResponse() throws Exception {
    try (Upstream upstream = recording("HTTP/1.1 200 OK|Content-Length: 2|X-A: b||ok");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(address, Plans.to("c"), Plans.cluster("c", upstream.address())));
        Peer client = Peer.connect(address)) {
      String answer = client.send("GET /a?b=c HTTP/1.1|Host: h|X-B: c||").readMessage();
      assertThat(answer).startsWith("HTTP/1.1 200 ").contains("X-A: b\r\n").endsWith("\r\n\r\nok");
      assertThat(answer.toLowerCase(java.util.Locale.ROOT)).contains("\r\ndate: ");
      String request = requests.poll(5, TimeUnit.SECONDS);
      assertThat(request)
          .startsWith("GET /a?b=c HTTP/1.1\r\n")
          .contains("X-B: c\r\n")
          .contains("x-forwarded-for: 127.0.0.1\r\n")
          .contains("x-forwarded-proto: http\r\n")
          .contains("x-forwarded-host: h\r\n")
          .containsPattern("x-request-id: [0-9a-f]{32}\r\n");
      TestProxy.Seen seen = proxy.seen();
      assertThat(seen.status()).isEqualTo(200);
      assertThat(seen.reason()).isNull();
      assertThat(seen.sent()).isEqualTo(2);
      assertThat(seen.target()).isEqualTo("/a?b=c");
    }
  }

  @Test
  void forgetsWhatStrangersSayOfTheirConnection() throws Exception {
    try (Upstream upstream = recording("HTTP/1.1 200 OK|Content-Length: 2||ok");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(address, Plans.to("c"), Plans.cluster("c", upstream.address())))) {
      Peer.ask(
          address,
          "GET / HTTP/1.1|Host: h|X-Forwarded-For: 1.2.3.4|X-Forwarded-Client-Cert: Subject=admin|"
              + "x-forwarded-client-cert: By=me|Forwarded: for=1.2.3.4|X-Forwarded-Port: 1||");
      assertThat(requests.poll(5, TimeUnit.SECONDS))
          .contains("x-forwarded-for: 127.0.0.1\r\n")
          .doesNotContain("1.2.3.4", "Subject=admin", "By=me", "-Port");
      assertThat(proxy.seen().status()).isEqualTo(200);
    }
  }

  @Test
  void usesOneUpstreamConnectionForManyRequests() throws Exception {
    try (Upstream upstream = recording("HTTP/1.1 200 OK|Content-Length: 2||ok");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(address, Plans.to("c"), Plans.cluster("c", upstream.address())))) {
      for (int i = 0; i < 20; i++) {
        assertThat(Peer.ask(address, "GET / HTTP/1.1|Host: h||")).endsWith("ok");
      }
      assertThat(upstream.connections()).isEqualTo(1);
      assertThat(proxy.endpoint("c").requests()).isEqualTo(20);
      assertThat(proxy.endpoint("c").active()).isZero();
    }
  }

  @Test
  void answersPipelinedRequestsInOrder() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              while (true) {
                String path = peer.readHead().split(" ")[1];
                peer.send("HTTP/1.1 200 OK|Content-Length: 2||" + path);
              }
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(address, Plans.to("c"), Plans.cluster("c", upstream.address())));
        Peer client = Peer.connect(address)) {
      StringBuilder many = new StringBuilder();
      for (int i = 0; i < 10; i++) {
        many.append("GET /").append(i).append(" HTTP/1.1|Host: h||");
      }
      client.send(many.toString());
      for (int i = 0; i < 10; i++) {
        assertThat(client.readMessage()).endsWith("\r\n\r\n/" + i);
        assertThat(proxy.seen().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void passesBodiesOfEachFraming() throws Exception {
    try (Upstream upstream = recording("HTTP/1.1 200 OK|Transfer-Encoding: chunked||3|abc|0||");
        TestProxy proxy =
            TestProxy.start(
                Plans.of(address, Plans.to("c"), Plans.cluster("c", upstream.address())));
        Peer client = Peer.connect(address)) {
      client.send("POST / HTTP/1.1|Host: h|Content-Length: 5||hello");
      assertThat(client.readMessage()).endsWith("3\r\nabc\r\n0\r\n\r\n");
      assertThat(requests.poll(5, TimeUnit.SECONDS)).endsWith("\r\n\r\nhello");
      client.send("POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked||2|he|3|llo|0||");
      assertThat(client.readMessage()).endsWith("0\r\n\r\n");
      assertThat(requests.poll(5, TimeUnit.SECONDS)).contains("he").contains("llo");
      assertThat(proxy.seen().received()).isEqualTo(5);
      assertThat(proxy.seen().received()).isEqualTo(5);
    }
  }
}
