package dev.weir.proxy.http.h2;

import static dev.weir.proxy.http.h2.RawPeer.DATA;
import static dev.weir.proxy.http.h2.RawPeer.END_HEADERS;
import static dev.weir.proxy.http.h2.RawPeer.END_STREAM;
import static dev.weir.proxy.http.h2.RawPeer.GOAWAY;
import static dev.weir.proxy.http.h2.RawPeer.HEADERS;
import static dev.weir.proxy.http.h2.RawPeer.PING;
import static dev.weir.proxy.http.h2.RawPeer.PUSH_PROMISE;
import static dev.weir.proxy.http.h2.RawPeer.RST_STREAM;
import static dev.weir.proxy.http.h2.RawPeer.SETTINGS;
import static dev.weir.proxy.http.h2.RawPeer.WINDOW_UPDATE;
import static dev.weir.proxy.http.h2.RawPeer.ints;
import static dev.weir.proxy.http.h2.RawPeer.setting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.http.h2.RawPeer.Frame;
import dev.weir.proxy.stream.UpstreamStream;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The upstream codec against a backend that sends what each test says. */
@ExtendWith(NoLeaks.class)
class Http2UpstreamTest {
  /** Netty's clients leave stream 1 to the upgrade from HTTP/1. */
  private static final int FIRST = 3;

  private static final int SECOND = 5;
  private static final int THIRD = 7;

  private final TestLoop loop = new TestLoop();
  private final RecordingOwner owner = new RecordingOwner();
  private ServerSocket listener;
  private Http2UpstreamConnection connection;
  private RawPeer backend;

  @BeforeEach
  void connect() throws Exception {
    listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    connection = loop.connect(listener.getLocalPort(), owner);
    backend = RawPeer.accept(listener);
  }

  @AfterEach
  void stop() throws Exception {
    backend.close();
    listener.close();
    loop.close();
  }

  private static final class RecordingOwner implements Http2UpstreamConnection.Owner {
    final Semaphore released = new Semaphore(0);
    final Semaphore settings = new Semaphore(0);
    final CompletableFuture<Integer> closed = new CompletableFuture<>();

    @Override
    public void streamReleased(Http2UpstreamConnection connection) {
      released.release();
    }

    @Override
    public void settingsChanged(Http2UpstreamConnection connection) {
      settings.release();
    }

    @Override
    public void closed(Http2UpstreamConnection connection) {
      assertThat(closed.complete(connection.activeStreams())).as("called once").isTrue();
    }
  }

  private static RequestHead head(String method, String path) {
    RequestHead head = new RequestHead(new Fields(128));
    byte[] bytes = method.getBytes(StandardCharsets.ISO_8859_1);
    byte[] to = head.fields().ensureWritable(bytes.length);
    System.arraycopy(bytes, 0, to, 0, bytes.length);
    head.fields().advance(bytes.length);
    head.methodAt(0, bytes.length);
    head.authority("backend.test".getBytes(StandardCharsets.ISO_8859_1));
    head.target(path.getBytes(StandardCharsets.ISO_8859_1));
    return head;
  }

  /** Sends a request without a body. */
  private RecordedResponse send(String method) throws Exception {
    return send(loop, connection, method);
  }

  private RecordedResponse send(RequestHead head, boolean last) throws Exception {
    return send(loop, connection, head, last);
  }

  static RecordedResponse send(TestLoop loop, Http2UpstreamConnection connection, String method)
      throws Exception {
    return send(loop, connection, head(method, "/"), true);
  }

  private static RecordedResponse send(
      TestLoop loop, Http2UpstreamConnection connection, RequestHead head, boolean last)
      throws Exception {
    RecordedResponse response = new RecordedResponse();
    loop.call(() -> {
      connection.start(response);
      stream(response).sendHead(head, last);
      stream(response).flush();
      return 0;
    });
    return response;
  }

  private static UpstreamStream stream(RecordedResponse response) {
    return Objects.requireNonNull(response.stream);
  }

  // --- requests ----------------------------------------------------------------------------------

  @Test
  void requestIsWrittenFromItsBytes() throws Exception {
    RequestHead head = head("PATCH", "/p?q");
    head.fields().add(HeaderName.of("x-one"), "1");
    head.fields().add(HeaderName.CONNECTION, "close");
    head.fields().add(HeaderName.TRANSFER_ENCODING, "chunked");
    head.fields().add(HeaderName.HOST, "wrong");
    head.fields().add(HeaderName.AUTHORIZATION, "secret");
    head.fields().add(HeaderName.of("gone"), "x");
    head.fields().remove(HeaderName.of("gone"));
    byte[] mixed = "X-Mixed".getBytes(StandardCharsets.ISO_8859_1);
    head.fields().add(mixed, 0, 7, mixed, 0, 7);
    send(head, true);
    Frame frame = backend.await(HEADERS, FIRST);
    assertThat(frame.endStream()).isTrue();
    Http2Headers fields = backend.decode(frame);
    assertThat(fields)
        .extracting(field -> field.getKey() + "=" + field.getValue())
        .containsExactly(
            ":method=PATCH",
            ":scheme=http",
            ":authority=backend.test",
            ":path=/p?q",
            "te=trailers",
            "x-one=1",
            "authorization=secret",
            "x-mixed=X-Mixed");
  }

  @Test
  void bodyAndTrailersFollowTheWindow() throws Exception {
    backend.frame(SETTINGS, 0, 0, setting(4, 10));
    assertThat(owner.settings.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
    RecordedResponse response = send(head("POST", "/"), false);
    Fields trailers = new Fields(32);
    trailers.add(HeaderName.of("sum"), "1");
    loop.call(() -> {
      stream(response).sendBody(TestService.text("0123456"), false);
      stream(response).sendBody(TestService.text("789abc"), false);
      stream(response).sendTrailers(trailers);
      stream(response).flush();
      return 0;
    });
    trailers.clear();
    assertThat(backend.await(DATA, FIRST).payload().remaining()).isEqualTo(7);
    assertThat(backend.await(DATA, FIRST).payload().remaining()).isEqualTo(3);
    assertThat(backend.alive()).isTrue();
    backend.frame(WINDOW_UPDATE, 0, FIRST, ints(3));
    assertThat(backend.await(DATA, FIRST).endStream()).isFalse();
    Frame end = backend.await(HEADERS, FIRST);
    assertThat(end.endStream()).isTrue();
  }

  @Test
  void fullQueueIsNotWritableAndSaysWhenItIsAgain() throws Exception {
    RecordedResponse response = send(head("POST", "/"), false);
    int length = SendQueue.HIGH_WATERMARK;
    boolean writable =
        loop.call(() -> {
          stream(response).sendBody(Unpooled.directBuffer(length).writeZero(length), false);
          stream(response).flush();
          return stream(response).writable();
        });
    assertThat(writable).isFalse();
    backend.frame(SETTINGS, 0, 0).frame(WINDOW_UPDATE, 0, 0, ints(length));
    assertThat(backend.alive()).isTrue();
    assertThat(response.events).isEmpty();
    backend.frame(WINDOW_UPDATE, 0, FIRST, ints(length));
    TestLoop.waitUntil(() -> !response.events.isEmpty());
    assertThat(response.events).containsExactly("writable");
    assertThat(loop.call(() -> stream(response).writable())).isTrue();
  }

  @Test
  void cancelResetsTheStream() throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse response = send(head("POST", "/"), false);
    loop.call(() -> {
      stream(response).sendBody(Unpooled.directBuffer(100_000).writeZero(100_000), false);
      stream(response).cancel();
      // Nothing of this may reach the backend, or leak.
      stream(response).sendBody(TestService.text("late"), true);
      stream(response).cancel();
      return connection.activeStreams();
    });
    assertThat(backend.await(RST_STREAM, FIRST).code()).isEqualTo((int) Http2Error.CANCEL.code());
    // What the backend sent before it knew.
    backend.headers(FIRST, 0, ":status", "200").frame(DATA, END_STREAM, FIRST, ints(1));
    assertThat(backend.alive()).isTrue();
    assertThat(response.events).isEmpty();
    assertThat(owner.released.availablePermits()).isEqualTo(1);
    assertThat(loop.call(connection::canOpen)).isTrue();
  }

  @Test
  void streamGivenUpBeforeItsHeadIsReleased() throws Exception {
    RecordedResponse response = new RecordedResponse();
    int active =
        loop.call(() -> {
          connection.start(response);
          stream(response).cancel();
          return connection.activeStreams();
        });
    assertThat(active).isZero();
    assertThat(owner.released.availablePermits()).isEqualTo(1);
  }

  // --- responses ---------------------------------------------------------------------------------

  @Test
  void responseArrivesInOrder() throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse response = send("GET");
    backend.await(HEADERS, FIRST);
    backend
        .headers(FIRST, 0, ":status", "103", "link", "x")
        .headers(FIRST, 0, ":status", "200", "a", "b")
        .frame(DATA, 0, FIRST, ints(1, 2))
        .headers(FIRST, END_STREAM, "t", "u");
    response.complete();
    assertThat(response.events)
        .containsExactly("interim 103", "head 200", "body 8", "trailers", "end");
    assertThat(response.fields).containsExactly("a: b\n", "t: u\n");
    assertThat(owner.released.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void trailersOnlyResponse() throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse response = send("POST");
    backend.headers(FIRST, END_STREAM, ":status", "200", "grpc-status", "5");
    assertThat(response.complete().events).containsExactly("head 200", "end");
  }

  @ParameterizedTest
  @MethodSource
  void responsesWithoutBodyMayTellItsLength(List<String> methodAndStatus) throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse response = send(methodAndStatus.get(0));
    backend.headers(FIRST, END_STREAM, ":status", methodAndStatus.get(1), "content-length", "7");
    assertThat(response.complete().events).last().isEqualTo("end");
  }

  static Stream<List<String>> responsesWithoutBodyMayTellItsLength() {
    return Stream.of(List.of("HEAD", "200"), List.of("GET", "304"), List.of("GET", "204"));
  }

  /** What a backend sends in answer to stream 1. */
  record BadResponse(String name, Script script) {
    @FunctionalInterface
    interface Script {
      void run(RawPeer backend) throws Exception;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest
  @MethodSource
  void malformedResponses(BadResponse test) throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse response = send("GET");
    backend.await(HEADERS, FIRST);
    test.script.run(backend);
    assertThat(response.failure().reason()).isEqualTo(Reason.UPSTREAM_PROTOCOL_ERROR);
    int code = backend.await(RST_STREAM, FIRST).code();
    assertThat(code).isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());
    // The connection is as good as before.
    RecordedResponse next = send("GET");
    backend.await(HEADERS, SECOND);
    backend.headers(SECOND, END_STREAM, ":status", "200");
    next.complete();
  }

  static Stream<BadResponse> malformedResponses() {
    return Stream.of(
        badHead("no :status", "x", "y"),
        badHead(":status of two digits", ":status", "20"),
        badHead(":status that is no number", ":status", "2xx"),
        badHead(":status with a reason", ":status", "200 OK"),
        badHead("status 101", ":status", "101"),
        badHead("two :status", ":status", "200", ":status", "200"),
        badHead("request pseudo-header field", ":status", "200", ":path", "/"),
        badHead(":status after a field", "x", "y", ":status", "200"),
        badHead("upper-case name", ":status", "200", "X", "y"),
        badHead("line break in a value", ":status", "200", "x", "a\r\nset-cookie: b"),
        badHead("Connection", ":status", "200", "connection", "close"),
        badHead("Transfer-Encoding", ":status", "200", "transfer-encoding", "chunked"),
        badHead(
            "two Content-Length", ":status", "200", "content-length", "1", "content-length", "1"),
        badHead("endless head", ":status", "200", "x", "y".repeat(70_000)),
        bad(
            "no body although there should be",
            b -> b.headers(FIRST, 1, ":status", "200", "content-length", "1")),
        bad(
            "body too short",
            b ->
                b.headers(FIRST, 0, ":status", "200", "content-length", "9")
                    .frame(DATA, 1, FIRST, ints(1))),
        bad(
            "body too long",
            b ->
                b.headers(FIRST, 0, ":status", "200", "content-length", "3")
                    .frame(DATA, 0, FIRST, ints(1))),
        bad(
            "body of a 204",
            b -> b.headers(FIRST, 0, ":status", "204").frame(DATA, 1, FIRST, ints(1))),
        bad("DATA before the head", b -> b.frame(DATA, 0, FIRST, ints(1))),
        bad("interim response that ends", b -> b.headers(FIRST, END_STREAM, ":status", "103")),
        bad(
            "pseudo-header field in trailers",
            b ->
                b.headers(FIRST, 0, ":status", "200").headers(FIRST, END_STREAM, ":status", "200")),
        bad(
            "trailers that do not end",
            b -> b.headers(FIRST, 0, ":status", "200").headers(FIRST, 0, "x", "y")));
  }

  private static BadResponse badHead(String name, String... fields) {
    return bad(name, b -> b.headers(FIRST, 0, fields));
  }

  private static BadResponse bad(String name, BadResponse.Script script) {
    return new BadResponse(name, script);
  }

  @Test
  void earlyResponseEndsTheRequest() throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse response = send(head("POST", "/"), false);
    backend.await(HEADERS, FIRST);
    backend.headers(FIRST, END_STREAM, ":status", "413");
    response.complete();
    assertThat(backend.await(RST_STREAM, FIRST).code()).isEqualTo((int) Http2Error.CANCEL.code());
    assertThat(response.events).containsExactly("head 413", "end");
    assertThat(owner.released.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
  }

  // --- failures ----------------------------------------------------------------------------------

  @Test
  void refusedStreamMayBeSentAgain() throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse response = send("POST");
    backend.await(HEADERS, FIRST);
    backend.frame(RST_STREAM, 0, FIRST, ints((int) Http2Error.REFUSED_STREAM.code()));
    assertThat(response.failure().retry()).isEqualTo(Retry.UNSENT);
    RecordedResponse other = send("POST");
    backend.await(HEADERS, SECOND);
    backend.frame(RST_STREAM, 0, SECOND, ints((int) Http2Error.INTERNAL_ERROR.code()));
    assertThat(other.failure().retry()).isEqualTo(Retry.POLICY);
    assertThat(other.failure().reason()).isEqualTo(Reason.UPSTREAM_RESET);
  }

  @Test
  void resetAfterTheHeadFails() throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse response = send("GET");
    backend.headers(FIRST, 0, ":status", "200").frame(RST_STREAM, 0, FIRST, ints(0));
    assertThat(response.failure().retry()).isEqualTo(Retry.POLICY);
    assertThat(response.events).containsExactly("head 200", "failed");
  }

  @Test
  void goAwayLetsOldStreamsFinishAndNewOnesMove() throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse kept = send("GET");
    RecordedResponse moved = send("GET");
    backend.await(HEADERS, SECOND);
    // First the announcement, then the last stream (section 6.8).
    backend.frame(GOAWAY, 0, 0, ints(Integer.MAX_VALUE, 0));
    assertThat(backend.alive()).isTrue();
    assertThat(loop.call(connection::canOpen)).isFalse();
    assertThat(moved.events).isEmpty();
    backend.frame(GOAWAY, 0, 0, ints(FIRST, 0));
    Failure failure = moved.failure();
    assertThat(failure.retry()).isEqualTo(Retry.UNSENT);
    RecordedResponse late = new RecordedResponse();
    loop.call(() -> {
      connection.start(late);
      return 0;
    });
    assertThat(late.failure().retry()).isEqualTo(Retry.UNSENT);
    backend.headers(FIRST, END_STREAM, ":status", "200");
    kept.complete();
    backend.awaitEnd();
    assertThat(owner.closed.get(5, TimeUnit.SECONDS)).isZero();
  }

  @Test
  void lostConnectionFailsItsStreams() throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse first = send("GET");
    backend.await(HEADERS, FIRST);
    backend.headers(FIRST, END_STREAM, ":status", "200");
    first.complete();
    RecordedResponse waiting = send("GET");
    RecordedResponse begun = send("GET");
    backend.await(HEADERS, THIRD);
    backend.headers(THIRD, 0, ":status", "200");
    assertThat(backend.alive()).isTrue();
    backend.cut();
    assertThat(waiting.failure().retry()).isEqualTo(Retry.REUSED_CONNECTION);
    assertThat(begun.failure().retry()).isEqualTo(Retry.POLICY);
    assertThat(owner.closed.get(5, TimeUnit.SECONDS)).isZero();
    assertThat(loop.call(connection::canOpen)).isFalse();
  }

  @Test
  void connectionErrorOfTheBackend() throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse response = send("GET");
    backend.await(HEADERS, FIRST);
    backend.frame(PUSH_PROMISE, END_HEADERS, FIRST, ints(2));
    assertThat(response.failure().reason()).isEqualTo(Reason.UPSTREAM_PROTOCOL_ERROR);
    assertThat(backend.await(GOAWAY, 0).code()).isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());
    backend.awaitEnd();
    assertThat(owner.closed.get(5, TimeUnit.SECONDS)).isZero();
  }

  @Test
  void backendThatSpeaksHttp1() throws Exception {
    RecordedResponse response = send("GET");
    backend.bytes("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(response.failure().reason()).isEqualTo(Reason.UPSTREAM_PROTOCOL_ERROR);
    owner.closed.get(5, TimeUnit.SECONDS);
  }

  // --- limits ------------------------------------------------------------------------------------

  @Test
  void peersStreamLimitIsKept() throws Exception {
    backend.frame(SETTINGS, 0, 0, setting(3, 2));
    assertThat(owner.settings.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
    RecordedResponse first = send("GET");
    send("GET");
    assertThat(loop.call(connection::canOpen)).isFalse();
    assertThat(loop.call(connection::activeStreams)).isEqualTo(2);
    backend.await(HEADERS, SECOND);
    backend.headers(FIRST, END_STREAM, ":status", "200");
    first.complete();
    assertThat(owner.released.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
    assertThat(loop.call(connection::canOpen)).isTrue();
  }

  @Test
  void slowClientHoldsItsOwnWindowOnly() throws Exception {
    backend.frame(SETTINGS, 0, 0).frame(SETTINGS, RawPeer.ACK, 0);
    RecordedResponse slow = send("GET");
    backend.await(HEADERS, FIRST);
    loop.call(() -> {
      stream(slow).pause();
      return 0;
    });
    backend.headers(FIRST, 0, ":status", "200");
    for (int i = 0; i < 16; i++) {
      backend.frame(DATA, 0, FIRST, new byte[16384]);
    }
    backend.frame(PING, 0, 0, ints(0, 9));
    Frame next = backend.await(f -> f.type() == PING || f.stream() == FIRST);
    assertThat(next.type()).as("no window for the paused stream").isEqualTo(PING);
    // Five times the connection's window on another stream.
    RecordedResponse fast = send("GET");
    backend.await(HEADERS, SECOND);
    backend.headers(SECOND, 0, ":status", "200");
    for (int i = 0; i < 320; i++) {
      backend.frame(DATA, i == 319 ? END_STREAM : 0, SECOND, new byte[16384]);
      if (i % 8 == 7) {
        assertThat(backend.alive()).isTrue();
      }
    }
    fast.complete();
    loop.call(() -> {
      stream(slow).resume();
      return 0;
    });
    backend.await(WINDOW_UPDATE, FIRST);
  }

  @Test
  void drainClosesAfterTheLastStream() throws Exception {
    backend.frame(SETTINGS, 0, 0);
    RecordedResponse response = send("GET");
    backend.await(HEADERS, FIRST);
    loop.call(() -> {
      connection.drain();
      return 0;
    });
    assertThat(loop.call(connection::canOpen)).isFalse();
    backend.headers(FIRST, END_STREAM, ":status", "200");
    response.complete();
    backend.awaitEnd();
    owner.closed.get(5, TimeUnit.SECONDS);
  }
}
