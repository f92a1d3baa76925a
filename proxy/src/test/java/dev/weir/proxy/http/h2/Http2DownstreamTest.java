package dev.weir.proxy.http.h2;

import static dev.weir.proxy.http.h2.RawPeer.ACK;
import static dev.weir.proxy.http.h2.RawPeer.CONTINUATION;
import static dev.weir.proxy.http.h2.RawPeer.DATA;
import static dev.weir.proxy.http.h2.RawPeer.END_STREAM;
import static dev.weir.proxy.http.h2.RawPeer.GOAWAY;
import static dev.weir.proxy.http.h2.RawPeer.HEADERS;
import static dev.weir.proxy.http.h2.RawPeer.PING;
import static dev.weir.proxy.http.h2.RawPeer.RST_STREAM;
import static dev.weir.proxy.http.h2.RawPeer.SETTINGS;
import static dev.weir.proxy.http.h2.RawPeer.WINDOW_UPDATE;
import static dev.weir.proxy.http.h2.RawPeer.block;
import static dev.weir.proxy.http.h2.RawPeer.ints;
import static dev.weir.proxy.http.h2.RawPeer.requestFields;
import static dev.weir.proxy.http.h2.RawPeer.setting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.http.h2.RawPeer.Frame;
import dev.weir.proxy.plan.HttpOptions;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the downstream codec does for well-behaved clients, and with time and back-pressure. */
@ExtendWith(NoLeaks.class)
class Http2DownstreamTest {
  private final TestLoop loop = new TestLoop();
  private final TestService service = new TestService();

  @AfterEach
  void stop() {
    loop.close();
  }

  private RawPeer client(HttpOptions options) throws Exception {
    return new RawPeer(loop.listen(options, service)).greet();
  }

  private RawPeer client() throws Exception {
    return client(HttpOptions.DEFAULTS);
  }

  @Test
  void requestHeadIsWhatWasSent() throws Exception {
    try (RawPeer client = client()) {
      client.request(
          1, END_STREAM, "GET", "/a/../b?c=%2F", "accept", "*/*", "te", "trailers", "x", "1");
      client.await(Frame::endStream);
    }
    assertThat(service.heads).containsExactly("GET /b?c=%2F (weir.test)\naccept: */*\nx: 1\n");
  }

  @Test
  void cookieCrumbsAreJoined() throws Exception {
    try (RawPeer client = client()) {
      client.request(1, END_STREAM, "GET", "/", "cookie", "a=1", "x", "y", "cookie", "b=2");
      client.await(Frame::endStream);
    }
    assertThat(service.heads).containsExactly("GET / (weir.test)\nx: y\ncookie: a=1; b=2\n");
  }

  @Test
  void hostStandsInForAuthority() throws Exception {
    try (RawPeer client = client()) {
      client.headers(
          1, END_STREAM, ":method", "GET", ":scheme", "http", ":path", "/", "host", "h.test:8080");
      client.await(Frame::endStream);
    }
    assertThat(service.heads).containsExactly("GET / (h.test:8080)\n");
  }

  @Test
  void responseNamesAreLowerCase() throws Exception {
    try (RawPeer client = client()) {
      client.request(1, END_STREAM, "GET", "/");
      Http2Headers head = client.decode(client.await(HEADERS, 1));
      assertThat(head.status()).hasToString("200");
      assertThat(head.get("content-length")).hasToString("10");
      assertThat(head.get("x-case")).hasToString("Kept");
      Frame body = client.await(DATA, 1);
      assertThat(StandardCharsets.UTF_8.decode(body.payload()).toString()).isEqualTo("received 0");
      assertThat(body.endStream()).isTrue();
    }
  }

  @Test
  void firstBlockGivesUpTheDynamicTable() throws Exception {
    try (RawPeer client = client()) {
      // A client that shrinks the table must be told that the encoder follows (RFC 7541, 4.2).
      client.frame(SETTINGS, 0, 0, setting(1, 0)).request(1, END_STREAM, "GET", "/");
      Frame head = client.await(HEADERS, 1);
      assertThat(head.payload().get(0)).isEqualTo((byte) 0x20);
    }
  }

  @Test
  void longResponseHeadsAreContinued() throws Exception {
    try (RawPeer client = client()) {
      client.request(1, END_STREAM, "GET", "/hold");
      TestLoop.waitUntil(() -> service.streams.size() == 1);
      loop.call(() -> {
        service
            .streams
            .getFirst()
            .sendHead(TestService.response(200, "x", "y".repeat(40_000)), true);
        service.streams.getFirst().flush();
        return 0;
      });
      Frame head = client.await(HEADERS, 1);
      assertThat(head.payload().remaining()).isEqualTo(16384);
      assertThat(head.flags()).isEqualTo(END_STREAM);
      assertThat(client.await(CONTINUATION, 1).flags()).isZero();
      assertThat(client.await(CONTINUATION, 1).flags()).isEqualTo(RawPeer.END_HEADERS);
      assertThat(client.alive()).isTrue();
    }
  }

  @Test
  void informationalResponsesComeFirst() throws Exception {
    try (RawPeer client = client()) {
      client.request(1, END_STREAM, "GET", "/interim");
      Frame interim = client.await(HEADERS, 1);
      assertThat(client.decode(interim).status()).hasToString("103");
      assertThat(interim.endStream()).isFalse();
      assertThat(client.decode(client.await(HEADERS, 1)).status()).hasToString("200");
    }
  }

  @Test
  void responseTrailers() throws Exception {
    try (RawPeer client = client()) {
      client.request(1, END_STREAM, "GET", "/trailers");
      client.decode(client.await(HEADERS, 1));
      assertThat(client.await(DATA, 1).endStream()).isFalse();
      Frame trailers = client.await(HEADERS, 1);
      assertThat(trailers.endStream()).isTrue();
      assertThat(client.decode(trailers).get("grpc-status")).hasToString("0");
    }
  }

  @Test
  void trailersWaitForBlockedData() throws Exception {
    try (RawPeer client = client()) {
      client.frame(SETTINGS, 0, 0, setting(4, 2)).request(1, END_STREAM, "GET", "/trailers");
      client.decode(client.await(HEADERS, 1));
      assertThat(client.await(DATA, 1).payload().remaining()).isEqualTo(2);
      assertThat(client.alive()).isTrue();
      client.frame(WINDOW_UPDATE, 0, 1, ints(2));
      assertThat(client.await(DATA, 1).payload().remaining()).isEqualTo(2);
      assertThat(client.decode(client.await(HEADERS, 1)).get("grpc-status")).hasToString("0");
    }
  }

  @Test
  void requestTrailers() throws Exception {
    try (RawPeer client = client()) {
      client
          .request(1, 0, "POST", "/")
          .frame(DATA, 0, 1, ints(1))
          .headers(1, END_STREAM, "a", "b", "content-length", "9", "host", "x");
      client.await(Frame::endStream);
    }
    assertThat(service.trailers).containsExactly("a: b\n");
  }

  @Test
  void responseToHeadHasNoBody() throws Exception {
    try (RawPeer client = client()) {
      client.request(1, END_STREAM, "HEAD", "/");
      Frame head = client.await(HEADERS, 1);
      assertThat(head.endStream()).isTrue();
      assertThat(client.decode(head).get("content-length")).hasToString("10");
      client.request(3, END_STREAM, "GET", "/");
      Frame next = client.await(f -> f.type() == HEADERS || f.type() == DATA);
      assertThat(next.stream()).isEqualTo(3);
    }
    assertThat(service.aborts).isEmpty();
  }

  @Test
  void unreadRequestIsResetWithoutErrorAfterTheResponse() throws Exception {
    try (RawPeer client = client()) {
      client.request(1, 0, "POST", "/early").frame(DATA, 0, 1, new byte[1000]);
      assertThat(client.await(DATA, 1).endStream()).isTrue();
      assertThat(client.await(RST_STREAM, 1).code()).isEqualTo((int) Http2Error.NO_ERROR.code());
      client.frame(DATA, 0, 1, new byte[1000]).frame(DATA, END_STREAM, 1);
      assertThat(client.alive()).isTrue();
    }
    assertThat(service.aborts).isEmpty();
  }

  @Test
  void refusalsCarryTheirReason() throws Exception {
    try (RawPeer client = client()) {
      client.request(1, END_STREAM, "GET", "/../..");
      Http2Headers head = client.decode(client.await(HEADERS, 1));
      assertThat(head.status()).hasToString("400");
      assertThat(head.get("weir-reason")).hasToString("bad-request");
    }
    assertThat(loop.rejected).extracting(Failure::reason).containsExactly(Reason.BAD_REQUEST);
  }

  @Test
  void bodyLongerThanAllowed() throws Exception {
    try (RawPeer client = client(Options.with(o -> o.maxBody = 1000))) {
      client.request(1, 0, "POST", "/", "content-length", "1001");
      assertThat(client.decode(client.await(HEADERS, 1)).status()).hasToString("413");
      client.request(3, 0, "POST", "/").frame(DATA, 0, 3, new byte[1001]);
      assertThat(client.decode(client.await(HEADERS, 3)).status()).hasToString("413");
      client.request(5, 0, "POST", "/echo").frame(DATA, 0, 5, new byte[1001]);
      assertThat(client.await(RST_STREAM, 5).code()).isEqualTo((int) Http2Error.CANCEL.code());
      assertThat(client.alive()).isTrue();
    }
    assertThat(service.aborts)
        .extracting(Failure::reason)
        .containsExactly(Reason.BODY_TOO_LARGE, Reason.BODY_TOO_LARGE);
  }

  @Test
  void resetAndDisconnectReachTheReceiver() throws Exception {
    try (RawPeer client = client()) {
      client.request(1, END_STREAM, "GET", "/hold").frame(RST_STREAM, 0, 1, ints(8));
      assertThat(client.alive()).isTrue();
      assertThat(service.aborts).extracting(Failure::reason).containsOnly(Reason.DOWNSTREAM_RESET);
      client.request(3, END_STREAM, "GET", "/hold").request(5, 0, "POST", "/echo");
      assertThat(client.alive()).isTrue();
      client.cut();
    }
    TestLoop.waitUntil(() -> service.aborts.size() == 3);
  }

  // --- flow control ------------------------------------------------------------------------------

  @Test
  void windowIsGivenBackOnlyForWhatWasPassedOn() throws Exception {
    try (RawPeer client = client()) {
      // The stream's window holds from our acknowledgement on.
      client.frame(SETTINGS, ACK, 0).request(1, 0, "POST", "/pause");
      for (int i = 0; i < 16; i++) {
        client.frame(DATA, 0, 1, new byte[16384]);
      }
      client.frame(PING, 0, 0, ints(0, 1));
      Frame next = client.await(f -> f.type() == PING || f.stream() == 1);
      assertThat(next.type()).as("no WINDOW_UPDATE while paused").isEqualTo(PING);
      loop.call(() -> {
        service.streams.getFirst().resume();
        return 0;
      });
      assertThat(client.await(WINDOW_UPDATE, 1).payload().getInt()).isEqualTo(16 * 16384);
    }
  }

  @Test
  void slowClientStopsTheProducer() throws Exception {
    long size = 200L * 1024 * 1024;
    int port = loop.listen(HttpOptions.DEFAULTS, service);
    try (RawPeer client = new RawPeer(port, 16 * 1024)) {
      client.greet().frame(SETTINGS, 0, 0, setting(4, Integer.MAX_VALUE));
      client.frame(WINDOW_UPDATE, 0, 0, ints(Integer.MAX_VALUE - 65535));
      client.request(1, END_STREAM, "GET", "/big/" + size);
      client.await(HEADERS, 1);
      long read = 0;
      long mostAhead = 0;
      boolean end = false;
      while (!end) {
        Frame frame = client.await(DATA, 1);
        read += frame.payload().remaining();
        mostAhead = Math.max(mostAhead, service.bodyBytes.get() - read);
        end = frame.endStream();
      }
      assertThat(read).isEqualTo(size);
      // The codec's queue and the kernel's buffers, not the response.
      assertThat(mostAhead).isLessThan(8 * 1024 * 1024);
    }
  }

  @Test
  void closedWindowBoundsTheQueue() throws Exception {
    try (RawPeer client = client()) {
      client.frame(SETTINGS, 0, 0, setting(4, 0)).request(1, END_STREAM, "GET", "/big/100000000");
      client.await(HEADERS, 1);
      assertThat(client.alive()).isTrue();
      long queued = service.bodyBytes.get();
      assertThat(queued).isBetween((long) SendQueue.HIGH_WATERMARK, 4L * SendQueue.HIGH_WATERMARK);
      // And all of it is freed when the client loses patience.
      client.frame(RST_STREAM, 0, 1, ints(8));
      assertThat(client.alive()).isTrue();
      assertThat(service.bodyBytes.get()).isEqualTo(queued);
    }
  }

  @Test
  void clientThatNeverReadsIsClosed() throws Exception {
    int port = loop.listen(HttpOptions.DEFAULTS, service);
    try (RawPeer client = new RawPeer(port, 4096)) {
      client.greet();
      // 24 MB of responses without a body, which are under no flow control.
      for (int i = 0; i < 3000; i++) {
        client.request(1 + 2 * i, END_STREAM, "HEAD", "/long-head");
      }
      TestLoop.waitUntil(() -> !client.windowUpdate().brokenBecause().isEmpty());
    }
  }

  @Test
  void manyStreamsShareTheConnection() throws Exception {
    try (RawPeer client = client()) {
      client.frame(WINDOW_UPDATE, 0, 0, ints(1 << 28));
      client.frame(SETTINGS, 0, 0, setting(4, 1 << 24));
      for (int i = 0; i < 50; i++) {
        client.request(1 + 2 * i, END_STREAM, "GET", "/big/300000");
      }
      long[] read = new long[100];
      int ended = 0;
      while (ended < 50) {
        Frame frame = client.await(f -> f.type() == DATA);
        read[frame.stream()] += frame.payload().remaining();
        ended += frame.endStream() ? 1 : 0;
      }
      for (int i = 0; i < 50; i++) {
        assertThat(read[1 + 2 * i]).isEqualTo(300_000);
      }
    }
  }

  // --- time --------------------------------------------------------------------------------------

  @Test
  void idleConnectionIsDrained() throws Exception {
    try (RawPeer client = client(Options.with(o -> o.idle = Duration.ofMillis(50)))) {
      client.request(1, END_STREAM, "GET", "/");
      assertThat(client.await(GOAWAY, 0).code()).isZero();
      answerPings(client);
    }
  }

  @Test
  void silentConnectionIsClosed() throws Exception {
    HttpOptions options = Options.with(o -> o.headerRead = Duration.ofMillis(50));
    try (RawPeer client = new RawPeer(loop.listen(options, service))) {
      client.awaitEnd();
    }
    assertThat(loop.rejected).extracting(Failure::reason).contains(Reason.DOWNSTREAM_TIMEOUT);
  }

  @Test
  void slowHeaderBlockIsCutOff() throws Exception {
    try (RawPeer client = client(Options.with(o -> o.headerRead = Duration.ofMillis(100)))) {
      byte[] whole = block(requestFields("GET", "/"));
      client.frame(HEADERS, END_STREAM, 1, whole);
      int code = client.await(GOAWAY, 0).code();
      assertThat(code).isEqualTo((int) Http2Error.ENHANCE_YOUR_CALM.code());
      client.awaitEnd();
    }
  }

  @Test
  void headerBlockThatArrivesByteByByteIsCutOffToo() throws Exception {
    try (RawPeer client = client(Options.with(o -> o.headerRead = Duration.ofMillis(100)))) {
      byte[] whole =
          RawPeer.encode(
              HEADERS, END_STREAM | RawPeer.END_HEADERS, 1, block(requestFields("GET", "/")));
      client.bytes(Arrays.copyOf(whole, whole.length - 1));
      client.await(GOAWAY, 0);
      client.awaitEnd();
    }
    assertThat(service.heads).isEmpty();
  }

  @Test
  void slowRequestBodyIsAnswered() throws Exception {
    try (RawPeer client = client(Options.with(o -> o.requestRead = Duration.ofMillis(50)))) {
      client.request(1, 0, "POST", "/");
      assertThat(client.decode(client.await(HEADERS, 1)).status()).hasToString("408");
      assertThat(client.alive()).isTrue();
    }
  }

  // --- draining ----------------------------------------------------------------------------------

  @Test
  void drainingServesWhatWasOpenedBeforeTheClientKnew() throws Exception {
    try (RawPeer client = client()) {
      client.request(1, 0, "POST", "/echo");
      client.await(HEADERS, 1);
      loop.call(() -> {
        loop.accepted.getFirst().drain();
        return 0;
      });
      Frame first = client.await(GOAWAY, 0);
      assertThat(first.payload().getInt(0)).isEqualTo(Integer.MAX_VALUE);
      assertThat(first.code()).isZero();
      Frame ping = client.await(f -> f.type() == PING && f.flags() == 0);
      // On its way while the GOAWAY was.
      client.request(3, END_STREAM, "GET", "/");
      client.await(f -> f.stream() == 3 && f.endStream());
      client.frame(PING, ACK, 0, ping.payload().array());
      Frame last = client.await(GOAWAY, 0);
      assertThat(last.payload().getInt(0)).isEqualTo(3);
      client.request(5, END_STREAM, "GET", "/");
      int refused = client.await(RST_STREAM, 5).code();
      assertThat(refused).isEqualTo((int) Http2Error.REFUSED_STREAM.code());
      client.frame(DATA, END_STREAM, 1, ints(7));
      assertThat(client.await(f -> f.stream() == 1 && f.endStream())).isNotNull();
      client.awaitEnd();
    }
    assertThat(service.aborts).isEmpty();
  }

  @Test
  void drainingAnIdleConnectionClosesIt() throws Exception {
    try (RawPeer client = client()) {
      assertThat(client.alive()).isTrue();
      loop.call(() -> {
        loop.accepted.getFirst().drain();
        loop.accepted.getFirst().drain();
        return 0;
      });
      client.await(GOAWAY, 0);
      answerPings(client);
    }
  }

  // --- beginning ---------------------------------------------------------------------------------

  @Test
  void refusesWhatIsNoPreface() throws Exception {
    int port = loop.listen(HttpOptions.DEFAULTS, service);
    try (RawPeer client = new RawPeer(port)) {
      client.bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      client.awaitEnd();
    }
    try (RawPeer client = new RawPeer(port)) {
      client.preface().frame(PING, 0, 0, new byte[8]);
      client.awaitEnd();
    }
    try (RawPeer client = new RawPeer(port)) {
      client.preface().frame(SETTINGS, ACK, 0);
      client.awaitEnd();
    }
    assertThat(service.heads).isEmpty();
  }

  @Test
  void prefaceMayComeInPieces() throws Exception {
    int port = loop.listen(HttpOptions.DEFAULTS, service);
    try (RawPeer client = new RawPeer(port)) {
      byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
      for (byte b : preface) {
        client.bytes(b);
      }
      client.frame(SETTINGS, 0, 0);
      assertThat(client.alive()).isTrue();
    }
  }

  /** Reads to the end, as a client that answers the PING of a graceful close. */
  private static void answerPings(RawPeer client) throws Exception {
    for (Frame frame = client.read(); frame != null; frame = client.read()) {
      if (frame.type() == PING && frame.flags() == 0) {
        client.frame(PING, ACK, 0, frame.payload().array());
      }
    }
  }
}
