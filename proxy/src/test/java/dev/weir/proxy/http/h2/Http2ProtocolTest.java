package dev.weir.proxy.http.h2;

import static dev.weir.proxy.http.h2.RawPeer.ACK;
import static dev.weir.proxy.http.h2.RawPeer.CONTINUATION;
import static dev.weir.proxy.http.h2.RawPeer.DATA;
import static dev.weir.proxy.http.h2.RawPeer.END_HEADERS;
import static dev.weir.proxy.http.h2.RawPeer.END_STREAM;
import static dev.weir.proxy.http.h2.RawPeer.GOAWAY;
import static dev.weir.proxy.http.h2.RawPeer.HEADERS;
import static dev.weir.proxy.http.h2.RawPeer.PADDED;
import static dev.weir.proxy.http.h2.RawPeer.PING;
import static dev.weir.proxy.http.h2.RawPeer.PRIORITY;
import static dev.weir.proxy.http.h2.RawPeer.PUSH_PROMISE;
import static dev.weir.proxy.http.h2.RawPeer.RST_STREAM;
import static dev.weir.proxy.http.h2.RawPeer.SETTINGS;
import static dev.weir.proxy.http.h2.RawPeer.WINDOW_UPDATE;
import static dev.weir.proxy.http.h2.RawPeer.block;
import static dev.weir.proxy.http.h2.RawPeer.ints;
import static dev.weir.proxy.http.h2.RawPeer.requestFields;
import static dev.weir.proxy.http.h2.RawPeer.setting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.proxy.http.h2.RawPeer.Frame;
import dev.weir.proxy.plan.HttpOptions;
import io.netty.handler.codec.http2.Http2Error;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client may and may not send, section by section of RFC 9113. */
@ExtendWith(NoLeaks.class)
class Http2ProtocolTest {
  private static final int FRAME = 16384;

  private static final TestService service = new TestService();
  private static TestLoop loop;
  private static int port;

  /** What the client does after its preface. */
  @FunctionalInterface
  interface Act {
    void on(RawPeer client) throws Exception;
  }

  /** What the server must do about it. */
  sealed interface Outcome {
    /** GOAWAY with one of these codes, and the end of the connection. */
    record ConnectionError(Set<Http2Error> codes) implements Outcome {}

    /** RST_STREAM with one of these codes; the connection lives on. */
    record StreamError(int stream, Set<Http2Error> codes) implements Outcome {}

    /** A response; the connection lives on. */
    record Response(int stream, int status) implements Outcome {}

    /** Nothing but that the connection lives on. */
    record Alive() implements Outcome {}
  }

  /**
   * @param heads requests that reach the receiver
   */
  record Case(String section, String name, int heads, Act act, Outcome outcome) {
    @Override
    public String toString() {
      return section + " " + name;
    }
  }

  @BeforeAll
  static void listen() {
    // Not where it is declared: a test that runs again needs another one.
    loop = new TestLoop();
    port = loop.listen(HttpOptions.DEFAULTS, service);
  }

  @AfterAll
  static void stop() {
    loop.close();
  }

  @ParameterizedTest
  @MethodSource({"connection", "streams", "frames", "messages", "responses"})
  void behaves(Case test) throws Exception {
    service.heads.clear();
    try (RawPeer client = new RawPeer(port)) {
      client.greet();
      test.act.on(client);
      check(client, test.outcome);
    }
    if (test.heads != ANY) {
      assertThat(service.heads).hasSize(test.heads);
    }
  }

  private static void check(RawPeer client, Outcome outcome) throws Exception {
    switch (outcome) {
      case Outcome.ConnectionError(Set<Http2Error> codes) -> {
        Frame goAway = client.await(GOAWAY, 0);
        assertThat(Http2Error.valueOf(goAway.code())).isIn(codes);
        client.awaitEnd();
      }
      case Outcome.StreamError(int stream, Set<Http2Error> codes) -> {
        Frame reset = client.await(f -> f.stream() == stream && f.type() != WINDOW_UPDATE);
        assertThat(reset.type()).as("type of frame").isEqualTo(RST_STREAM);
        assertThat(Http2Error.valueOf(reset.code())).isIn(codes);
        assertThat(client.alive()).isTrue();
      }
      case Outcome.Response(int stream, int status) -> {
        Frame head = client.await(HEADERS, stream);
        assertThat(client.decode(head).status()).hasToString("" + status);
        assertThat(client.alive()).isTrue();
      }
      case Outcome.Alive() -> assertThat(client.alive()).isTrue();
    }
  }

  // --- cases -------------------------------------------------------------------------------------

  static Stream<Case> connection() {
    return Stream.of(
        of(
            "4.1",
            "unknown frame type is ignored",
            0,
            c -> c.frame(0x2a, 0xff, 0, ints(1)),
            alive()),
        of(
            "4.1",
            "unknown frame type on an idle stream is ignored",
            0,
            c -> c.frame(0x2a, 0, 7, ints(1)),
            alive()),
        of(
            "4.1",
            "reserved bit of the stream identifier is ignored",
            1,
            c ->
                c.frame(
                    HEADERS,
                    END_HEADERS | END_STREAM,
                    1 | 1 << 31,
                    block(requestFields("GET", "/"))),
            response(1, 200)),
        of(
            "4.2",
            "DATA larger than SETTINGS_MAX_FRAME_SIZE",
            1,
            c -> c.request(1, 0, "POST", "/").frame(DATA, 0, 1, new byte[FRAME + 1]),
            fatal(Http2Error.FRAME_SIZE_ERROR)),
        of(
            "4.2",
            "HEADERS larger than SETTINGS_MAX_FRAME_SIZE",
            0,
            c -> c.frame(HEADERS, END_STREAM | END_HEADERS, 1, new byte[FRAME + 1]),
            fatal(Http2Error.FRAME_SIZE_ERROR)),
        of(
            "4.3",
            "header block with an invalid index",
            0,
            c -> c.frame(HEADERS, END_HEADERS | END_STREAM, 1, (byte) 0xff, (byte) 0x7f),
            fatal(Http2Error.COMPRESSION_ERROR)),
        of(
            "4.3",
            "header block that ends within a string",
            0,
            c -> c.frame(HEADERS, END_HEADERS | END_STREAM, 1, (byte) 0, (byte) 9, (byte) 'x'),
            fatal(Http2Error.COMPRESSION_ERROR)),
        of(
            "4.3",
            "dynamic table larger than allowed",
            0,
            c ->
                c.frame(
                    HEADERS,
                    END_HEADERS | END_STREAM,
                    1,
                    (byte) 0x3f,
                    (byte) 0xff,
                    (byte) 0xff,
                    (byte) 3),
            fatal(Http2Error.COMPRESSION_ERROR)),
        of(
            "6.10",
            "PRIORITY within a header block",
            0,
            c -> openBlock(c).frame(PRIORITY, 0, 3, new byte[5]),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.10",
            "HEADERS of another stream within a header block",
            0,
            c -> openBlock(c).request(3, END_STREAM, "GET", "/"),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.10",
            "CONTINUATION of another stream",
            0,
            c -> openBlock(c).frame(CONTINUATION, END_HEADERS, 3),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.10",
            "unknown frame within a header block",
            0,
            c -> openBlock(c).frame(0x2a, 0, 0),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.10",
            "header block in three parts",
            1,
            c -> {
              byte[] whole = block(requestFields("GET", "/"));
              c.frame(HEADERS, END_STREAM, 1, Arrays.copyOf(whole, 5));
              c.frame(CONTINUATION, 0, 1, Arrays.copyOfRange(whole, 5, 9));
              c.frame(CONTINUATION, END_HEADERS, 1, Arrays.copyOfRange(whole, 9, whole.length));
            },
            response(1, 200)),
        of(
            "6.10",
            "CONTINUATION without HEADERS",
            0,
            c -> c.frame(CONTINUATION, END_HEADERS, 1, block("x", "y")),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.10",
            "CONTINUATION after END_HEADERS",
            1,
            c ->
                c.request(1, END_STREAM, "GET", "/hold")
                    .frame(CONTINUATION, END_HEADERS, 1, block("x", "y")),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.10",
            "CONTINUATION on stream 0",
            0,
            c -> openBlock(c).frame(CONTINUATION, END_HEADERS, 0),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "10.5.1",
            "endless small CONTINUATION frames",
            0,
            c -> {
              openBlock(c);
              for (int i = 0; i < 1000; i++) {
                c.frame(CONTINUATION, 0, 1, block("x", "y"));
              }
            },
            fatal(Http2Error.ENHANCE_YOUR_CALM)),
        of(
            "10.5.1",
            "endless large CONTINUATION frames",
            0,
            c -> {
              openBlock(c);
              for (int i = 0; i < 100; i++) {
                c.frame(CONTINUATION, 0, 1, block("x", "y".repeat(FRAME - 100)));
              }
            },
            fatal(Http2Error.PROTOCOL_ERROR, Http2Error.ENHANCE_YOUR_CALM)),
        of(
            "10.5",
            "flood of SETTINGS",
            0,
            c -> many(c, 3000, RawPeer.encode(SETTINGS, 0, 0)),
            fatal(Http2Error.ENHANCE_YOUR_CALM)),
        of(
            "10.5",
            "flood of PING",
            0,
            c -> many(c, 3000, RawPeer.encode(PING, 0, 0, new byte[8])),
            fatal(Http2Error.ENHANCE_YOUR_CALM)),
        of(
            "10.5",
            "flood of PRIORITY",
            0,
            c -> many(c, 3000, RawPeer.encode(PRIORITY, 0, 1, new byte[5])),
            fatal(Http2Error.ENHANCE_YOUR_CALM)),
        of(
            "10.5",
            "flood of empty DATA",
            1,
            c -> many(c.request(1, 0, "POST", "/"), 3000, RawPeer.encode(DATA, 0, 1)),
            fatal(Http2Error.ENHANCE_YOUR_CALM)));
  }

  static Stream<Case> streams() {
    return Stream.of(
        of(
            "5.1",
            "DATA on an idle stream",
            0,
            c -> c.frame(DATA, END_STREAM, 1, ints(1)),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "5.1",
            "RST_STREAM on an idle stream",
            0,
            c -> c.frame(RST_STREAM, 0, 1, ints(8)),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "5.1",
            "WINDOW_UPDATE on an idle stream",
            0,
            c -> c.frame(WINDOW_UPDATE, 0, 1, ints(8)),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "5.1",
            "DATA after END_STREAM",
            1,
            c -> c.request(1, END_STREAM, "GET", "/hold").frame(DATA, 0, 1, ints(8)),
            broken(1, Http2Error.STREAM_CLOSED)),
        of(
            "5.1",
            "HEADERS after END_STREAM",
            1,
            c -> c.request(1, END_STREAM, "GET", "/hold").request(1, END_STREAM, "GET", "/"),
            broken(1, Http2Error.STREAM_CLOSED, Http2Error.PROTOCOL_ERROR)),
        of(
            "5.1",
            "DATA after the client's RST_STREAM",
            1,
            c ->
                c.request(1, 0, "POST", "/hold")
                    .frame(RST_STREAM, 0, 1, ints(8))
                    .frame(DATA, 0, 1, ints(8)),
            broken(1, Http2Error.STREAM_CLOSED)),
        of(
            "5.1",
            "HEADERS after the client's RST_STREAM",
            1,
            c ->
                c.request(1, 0, "POST", "/hold")
                    .frame(RST_STREAM, 0, 1, ints(8))
                    .headers(1, END_STREAM, "x", "y"),
            broken(1, Http2Error.STREAM_CLOSED)),
        of(
            "5.1",
            "WINDOW_UPDATE and RST_STREAM on a closed stream are ignored",
            1,
            c ->
                c.request(1, 0, "POST", "/hold")
                    .frame(RST_STREAM, 0, 1, ints(8))
                    .frame(WINDOW_UPDATE, 0, 1, ints(8))
                    .frame(RST_STREAM, 0, 1, ints(8)),
            alive()),
        of(
            "5.1",
            "what comes after our RST_STREAM is ignored",
            0,
            c -> {
              c.request(1, 0, "POST", "/", "connection", "close");
              c.await(RST_STREAM, 1);
              c.frame(DATA, 0, 1, ints(1)).frame(DATA, END_STREAM, 1, ints(1));
              c.request(3, END_STREAM, "GET", "no-slash");
            },
            broken(3, Http2Error.PROTOCOL_ERROR)),
        of(
            "5.1.1",
            "even stream identifier",
            0,
            c -> c.request(2, END_STREAM, "GET", "/"),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "5.1.1",
            "stream identifier smaller than one before",
            1,
            c -> c.request(5, END_STREAM, "GET", "/hold").request(3, END_STREAM, "GET", "/"),
            broken(3, Http2Error.STREAM_CLOSED, Http2Error.PROTOCOL_ERROR)),
        of(
            "5.1.2",
            "more streams than SETTINGS_MAX_CONCURRENT_STREAMS",
            100,
            c -> {
              for (int i = 0; i <= 100; i++) {
                c.request(1 + 2 * i, END_STREAM, "GET", "/hold");
              }
            },
            broken(201, Http2Error.REFUSED_STREAM)),
        of(
            "10.5",
            "rapid reset",
            ANY,
            c -> {
              for (int i = 0; i < 1000; i++) {
                c.request(1 + 2 * i, END_STREAM, "GET", "/hold");
                c.frame(RST_STREAM, 0, 1 + 2 * i, ints(8));
              }
            },
            fatal(Http2Error.ENHANCE_YOUR_CALM)),
        of(
            "10.5",
            "resets that the server is made to send",
            ANY,
            c -> {
              for (int i = 0; i < 1000; i++) {
                c.request(1 + 2 * i, END_STREAM, "GET", "/hold");
                c.frame(WINDOW_UPDATE, 0, 1 + 2 * i, ints(0));
              }
            },
            fatal(Http2Error.ENHANCE_YOUR_CALM)),
        of(
            "10.5",
            "a flood of malformed requests",
            0,
            c -> {
              for (int i = 0; i < 1000; i++) {
                c.request(1 + 2 * i, END_STREAM, "GET", "/", "Upper", "x");
              }
            },
            fatal(Http2Error.ENHANCE_YOUR_CALM)));
  }

  static Stream<Case> frames() {
    return Stream.of(
        of(
            "6.1",
            "DATA on stream 0",
            0,
            c -> c.frame(DATA, 0, 0, ints(1)),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.1",
            "DATA with more padding than payload",
            1,
            c -> c.request(1, 0, "POST", "/hold").frame(DATA, PADDED, 1, (byte) 9, (byte) 1),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.1",
            "DATA with padding",
            1,
            c ->
                c.request(1, 0, "POST", "/", "content-length", "1")
                    .frame(DATA, PADDED | END_STREAM, 1, (byte) 2, (byte) 'x', (byte) 0, (byte) 0),
            response(1, 200)),
        of(
            "6.2",
            "HEADERS on stream 0",
            0,
            c -> c.request(0, END_STREAM, "GET", "/"),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.2",
            "HEADERS with more padding than payload",
            0,
            c -> c.frame(HEADERS, PADDED | END_HEADERS, 1, (byte) 9, (byte) 1),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.3",
            "PRIORITY on stream 0",
            0,
            c -> c.frame(PRIORITY, 0, 0, new byte[5]),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.3",
            "PRIORITY of a wrong length",
            1,
            c -> c.request(1, 0, "POST", "/hold").frame(PRIORITY, 0, 1, new byte[4]),
            broken(1, Http2Error.FRAME_SIZE_ERROR)),
        of(
            "6.3",
            "PRIORITY on an idle stream",
            0,
            c -> c.frame(PRIORITY, 0, 9, new byte[] {0, 0, 0, 3, 1}),
            alive()),
        of(
            "6.4",
            "RST_STREAM on stream 0",
            0,
            c -> c.frame(RST_STREAM, 0, 0, ints(1)),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.4",
            "RST_STREAM of a wrong length",
            1,
            c -> c.request(1, 0, "POST", "/hold").frame(RST_STREAM, 0, 1, new byte[3]),
            fatal(Http2Error.FRAME_SIZE_ERROR)),
        of(
            "6.5",
            "SETTINGS acknowledgement with a payload",
            0,
            c -> c.frame(SETTINGS, ACK, 0, setting(1, 1)),
            fatal(Http2Error.FRAME_SIZE_ERROR)),
        of(
            "6.5",
            "SETTINGS on a stream",
            0,
            c -> c.frame(SETTINGS, 0, 1),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.5",
            "SETTINGS of a wrong length",
            0,
            c -> c.frame(SETTINGS, 0, 0, new byte[5]),
            fatal(Http2Error.FRAME_SIZE_ERROR)),
        of(
            "6.5.2",
            "SETTINGS_ENABLE_PUSH of 2",
            0,
            c -> c.frame(SETTINGS, 0, 0, setting(2, 2)),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.5.2",
            "SETTINGS_INITIAL_WINDOW_SIZE too large",
            0,
            c -> c.frame(SETTINGS, 0, 0, setting(4, 0x80000000L)),
            fatal(Http2Error.FLOW_CONTROL_ERROR)),
        of(
            "6.5.2",
            "SETTINGS_MAX_FRAME_SIZE too small",
            0,
            c -> c.frame(SETTINGS, 0, 0, setting(5, 16383)),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.5.2",
            "SETTINGS_MAX_FRAME_SIZE too large",
            0,
            c -> c.frame(SETTINGS, 0, 0, setting(5, 1 << 24)),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.5.2",
            "unknown setting is ignored",
            0,
            c -> c.frame(SETTINGS, 0, 0, setting(0x4242, 1)),
            alive()),
        of(
            "6.5.3",
            "SETTINGS is acknowledged",
            0,
            c -> c.await(f -> f.type() == SETTINGS && f.flags() == ACK),
            alive()),
        of(
            "6.6",
            "PUSH_PROMISE from a client",
            1,
            c -> c.request(1, 0, "POST", "/hold").frame(PUSH_PROMISE, END_HEADERS, 1, ints(2)),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.7",
            "PING on a stream",
            0,
            c -> c.frame(PING, 0, 1, new byte[8]),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.7",
            "PING of a wrong length",
            0,
            c -> c.frame(PING, 0, 0, new byte[6]),
            fatal(Http2Error.FRAME_SIZE_ERROR)),
        of(
            "6.7",
            "PING acknowledgement nobody asked for",
            0,
            c -> c.frame(PING, ACK, 0, new byte[8]),
            alive()),
        of(
            "6.8",
            "GOAWAY on a stream",
            0,
            c -> c.frame(GOAWAY, 0, 1, ints(0, 0)),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.8",
            "streams opened before GOAWAY are still served",
            1,
            c -> c.request(1, 0, "POST", "/").frame(GOAWAY, 0, 0, ints(0, 0)).frame(DATA, 1, 1),
            response(1, 200)),
        of(
            "6.9",
            "WINDOW_UPDATE of 0 on a stream",
            1,
            c -> c.request(1, 0, "POST", "/hold").frame(WINDOW_UPDATE, 0, 1, ints(0)),
            broken(1, Http2Error.PROTOCOL_ERROR)),
        of(
            "6.9",
            "WINDOW_UPDATE of 0 on the connection",
            0,
            c -> c.frame(WINDOW_UPDATE, 0, 0, ints(0)),
            fatal(Http2Error.PROTOCOL_ERROR)),
        of(
            "6.9",
            "WINDOW_UPDATE of a wrong length",
            0,
            c -> c.frame(WINDOW_UPDATE, 0, 0, new byte[3]),
            fatal(Http2Error.FRAME_SIZE_ERROR)),
        of(
            "6.9.1",
            "window of the connection overflows",
            0,
            c -> c.frame(WINDOW_UPDATE, 0, 0, ints(Integer.MAX_VALUE)),
            fatal(Http2Error.FLOW_CONTROL_ERROR)),
        of(
            "6.9.1",
            "window of a stream overflows",
            1,
            c ->
                c.request(1, 0, "POST", "/hold")
                    .frame(WINDOW_UPDATE, 0, 1, ints(Integer.MAX_VALUE)),
            broken(1, Http2Error.FLOW_CONTROL_ERROR)),
        of(
            "6.9.1",
            "more DATA than the stream's window",
            1,
            c -> {
              c.frame(SETTINGS, ACK, 0).request(1, 0, "POST", "/pause");
              for (int i = 0; i <= Http2Codec.STREAM_WINDOW / FRAME; i++) {
                c.frame(DATA, 0, 1, new byte[FRAME]);
              }
            },
            broken(1, Http2Error.FLOW_CONTROL_ERROR)),
        of(
            "6.9.2",
            "a window of 0 opened later",
            1,
            c -> {
              c.frame(SETTINGS, 0, 0, setting(4, 0)).request(1, END_STREAM, "GET", "/");
              c.await(HEADERS, 1);
              assertThat(c.alive()).isTrue();
              c.frame(SETTINGS, 0, 0, setting(4, 1));
              Frame data = c.await(DATA, 1);
              assertThat(data.payload().remaining()).isEqualTo(1);
              c.frame(WINDOW_UPDATE, 0, 1, ints(100));
              c.await(Frame::endStream);
            },
            alive()));
  }

  static Stream<Case> messages() {
    return Stream.of(
        malformed("8.2.1", "upper-case field name", "X-Upper", "x"),
        malformed("8.2.1", "space in a field name", "x y", "x"),
        malformed("8.2.1", "colon in a field name", "x:y", "x"),
        malformed("8.2.1", "line break in a field name", "x\r\ny", "x"),
        malformed("8.2.1", "byte above 127 in a field name", "x\u00e9", "x"),
        malformed("8.2.1", "empty field name", "", "x"),
        malformed("8.2.1", "CR in a field value", "x", "a\rb"),
        malformed("8.2.1", "LF in a field value", "x", "a\nb"),
        malformed("8.2.1", "a whole request in a field value", "x", "a\r\n\r\nGET / HTTP/1.1"),
        malformed("8.2.1", "NUL in a field value", "x", "a\0b"),
        malformed("8.2.1", "DEL in a field value", "x", "a\u007fb"),
        malformed("8.2.1", "space before a field value", "x", " a"),
        malformed("8.2.1", "tab after a field value", "x", "a\t"),
        malformed("8.2.2", "Connection", "connection", "keep-alive"),
        malformed("8.2.2", "Keep-Alive", "keep-alive", "3"),
        malformed("8.2.2", "Proxy-Connection", "proxy-connection", "keep-alive"),
        malformed("8.2.2", "Transfer-Encoding", "transfer-encoding", "chunked"),
        malformed("8.2.2", "Upgrade", "upgrade", "websocket"),
        malformed("8.2.2", "TE other than trailers", "te", "gzip"),
        malformed("8.3", "unknown pseudo-header field", ":test", "x"),
        malformed("8.3", "pseudo-header field of responses", ":status", "200"),
        malformed("8.4 of RFC 8441", "extended CONNECT not offered", ":protocol", "websocket"),
        malformed("8.3.1", "second :method", ":method", "GET"),
        malformed("8.3.1", "second :path", ":path", "/"),
        malformed("8.3.1", "second :scheme", ":scheme", "http"),
        malformed("8.3.1", "second :authority", ":authority", "weir.test"),
        malformed("8.3.1", "Host other than :authority", "host", "other.test"),
        malformed("8.1.1", "Content-Length although there is no body", "content-length", "1"),
        malformed("8.1.1", "Content-Length that is no number", "content-length", "1x"),
        malformed("8.1.1", "negative Content-Length", "content-length", "-1"),
        malformed("8.1.1", "Content-Length too large", "content-length", "9".repeat(19)),
        malformed("8.1.1", "empty Content-Length", "content-length", ""),
        malformed("8.1.1", "list as Content-Length", "content-length", "0, 0"),
        malformed("8.1.1", "two Content-Length", "content-length", "0", "content-length", "0"),
        malformed("9.1 of RFC 9110", "Host twice", "host", "weir.test", "host", "weir.test"),
        request(
            "8.3", "pseudo-header field after others", ":method", "GET", "x", "y", ":path", "/"),
        request("8.3.1", "no :method", ":scheme", "http", ":authority", "a", ":path", "/"),
        request("8.3.1", "no :scheme", ":method", "GET", ":authority", "a", ":path", "/"),
        request("8.3.1", "no :path", ":method", "GET", ":scheme", "http", ":authority", "a"),
        request("8.3.1", "no authority at all", ":method", "GET", ":scheme", "http", ":path", "/"),
        with("8.3.1", "empty :path", ":path", ""),
        with("8.3.1", ":path without slash", ":path", "index"),
        with("8.3.1", ":path in absolute form", ":path", "http://weir.test/"),
        with("8.3.1", "* for another method than OPTIONS", ":path", "*"),
        with("8.3.1", "empty :authority", ":authority", ""),
        with("8.3.1", "user information in :authority", ":authority", "user@weir.test"),
        with("8.3.1", "slash in :authority", ":authority", "weir.test/path"),
        with("8.3.1", "space in :authority", ":authority", "weir.test x"),
        with("10.3", "line break in :authority", ":authority", "weir.test\r\nx: y"),
        with("10.3", "space in :method", ":method", "GET / HTTP/1.1"),
        with("10.3", "line break in :method", ":method", "GET\r\nx: y"),
        with("8.3.1", "empty :method", ":method", ""),
        with("8.3.1", "unknown :scheme", ":scheme", "ftp"),
        of(
            "8.1.1",
            "less DATA than Content-Length",
            1,
            c ->
                c.request(1, 0, "POST", "/", "content-length", "5")
                    .frame(DATA, END_STREAM, 1, ints(1)),
            broken(1, Http2Error.PROTOCOL_ERROR)),
        of(
            "8.1.1",
            "more DATA than Content-Length",
            1,
            c -> c.request(1, 0, "POST", "/", "content-length", "3").frame(DATA, 0, 1, ints(1)),
            broken(1, Http2Error.PROTOCOL_ERROR)),
        of(
            "8.1.1",
            "trailers before Content-Length is reached",
            1,
            c ->
                c.request(1, 0, "POST", "/", "content-length", "3")
                    .headers(1, END_STREAM, "x", "y"),
            broken(1, Http2Error.PROTOCOL_ERROR)),
        of(
            "8.1",
            "second HEADERS without END_STREAM",
            1,
            c -> c.request(1, 0, "POST", "/").headers(1, 0, "x", "y"),
            broken(1, Http2Error.PROTOCOL_ERROR)),
        of(
            "8.1",
            "pseudo-header field in trailers",
            1,
            c -> c.request(1, 0, "POST", "/").headers(1, END_STREAM, ":path", "/admin"),
            broken(1, Http2Error.PROTOCOL_ERROR)),
        of(
            "8.2.2",
            "connection-specific field in trailers",
            1,
            c -> c.request(1, 0, "POST", "/").headers(1, END_STREAM, "connection", "close"),
            broken(1, Http2Error.PROTOCOL_ERROR)));
  }

  static Stream<Case> responses() {
    return Stream.of(
        answered("8.3.1", "ordinary GET", 200, 1, "GET", "/"),
        answered("8.2.2", "TE: trailers", 200, 1, "GET", "/", "te", "trailers"),
        answered("8.3.1", "Host like :authority", 200, 1, "GET", "/", "host", "WEIR.test"),
        answered("7.1 of RFC 9110", "OPTIONS *", 200, 1, "OPTIONS", "*"),
        answered("8.2.1", "bytes above 127 in a value", 200, 1, "GET", "/", "x", "caf\u00e9"),
        answered("8.2.1", "empty value", 200, 1, "GET", "/", "x", ""),
        answered("8.5", "CONNECT", 501, 0, "CONNECT", "/"),
        answered("10.3", "line break in :path", 400, 0, "GET", "/a\r\nx: y"),
        answered("10.3", "space in :path", 400, 0, "GET", "/a HTTP/1.1"),
        answered("7.1 of RFC 9110", "fragment in :path", 400, 0, "GET", "/a#b"),
        answered("6.2.2 of RFC 3986", "path above the root", 400, 0, "GET", "/../x"),
        answered("15.5.15 of RFC 9110", "long path", 414, 0, "GET", "/" + "x".repeat(16 * 1024)),
        answered("10.1.1 of RFC 9110", "unknown expectation", 417, 0, "GET", "/", "expect", "tea"),
        of(
            "10.5.1",
            "too many fields",
            0,
            c -> {
              String[] fields = new String[220];
              Arrays.fill(fields, "x");
              c.request(1, END_STREAM, "GET", "/", fields);
            },
            response(1, 431)),
        of("10.5.1", "too many bytes", 0, c -> longBlock(c, 70_000), response(1, 431)),
        of(
            "10.5.1",
            "more bytes than the decoder looks at",
            0,
            c -> {
              // References to one long entry of the dynamic table.
              ByteArrayOutputStream bomb = new ByteArrayOutputStream();
              bomb.writeBytes(block(requestFields("GET", "/")));
              byte[] entry = block("x", "y".repeat(3000));
              entry[0] = 0x40;
              bomb.writeBytes(entry);
              for (int i = 0; i < 5000; i++) {
                bomb.write(0xbe);
              }
              c.frame(HEADERS, END_HEADERS | END_STREAM, 1, bomb.toByteArray());
            },
            response(1, 431)));
  }

  // --- making cases ------------------------------------------------------------------------------

  private static final int ANY = -1;

  private static Case of(String section, String name, int heads, Act act, Outcome outcome) {
    return new Case(section, name, heads, act, outcome);
  }

  /** An ordinary request with more fields, which make it malformed. */
  private static Case malformed(String section, String name, String... more) {
    String[] fields = requestFields("GET", "/");
    boolean pseudo = more[0].startsWith(":");
    String[] all = Arrays.copyOf(fields, fields.length + more.length + (pseudo ? 0 : 2));
    System.arraycopy(more, 0, all, fields.length, more.length);
    if (!pseudo) {
      all[all.length - 2] = "z";
      all[all.length - 1] = "z";
    }
    return request(section, name, all);
  }

  /** An ordinary request with one pseudo-header field changed. */
  private static Case with(String section, String name, String pseudo, String value) {
    String[] fields = requestFields("GET", "/");
    fields[Arrays.asList(fields).indexOf(pseudo) + 1] = value;
    return request(section, name, fields);
  }

  private static Case request(String section, String name, String... fields) {
    return of(
        section,
        name,
        0,
        c -> c.headers(1, END_STREAM, fields),
        broken(1, Http2Error.PROTOCOL_ERROR));
  }

  private static Case answered(
      String section, String name, int status, int heads, String method, String path, String... f) {
    return of(
        section, name, heads, c -> c.request(1, END_STREAM, method, path, f), response(1, status));
  }

  private static RawPeer openBlock(RawPeer client) throws Exception {
    return client.frame(HEADERS, END_STREAM, 1, block(requestFields("GET", "/")));
  }

  private static void longBlock(RawPeer client, int bytes) throws Exception {
    openBlock(client);
    for (int sent = 0; sent < bytes; sent += 10_000) {
      client.frame(CONTINUATION, 0, 1, block("x", "y".repeat(10_000)));
    }
    client.frame(CONTINUATION, END_HEADERS, 1);
  }

  private static void many(RawPeer client, int count, byte[] frame) throws Exception {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      frames.writeBytes(frame);
    }
    client.bytes(frames.toByteArray());
  }

  private static Outcome fatal(Http2Error... codes) {
    return new Outcome.ConnectionError(EnumSet.copyOf(Arrays.asList(codes)));
  }

  private static Outcome broken(int stream, Http2Error... codes) {
    return new Outcome.StreamError(stream, EnumSet.copyOf(Arrays.asList(codes)));
  }

  private static Outcome response(int stream, int status) {
    return new Outcome.Response(stream, status);
  }

  private static Outcome alive() {
    return new Outcome.Alive();
  }
}
