package dev.weir.proxy.http.h2;

import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * Reading one stream's body: its length against Content-Length (RFC 9113, section 8.1.1), and the
 * window that the peer gets back only for bytes that were passed on.
 */
final class InboundBody {
  private static final long UNKNOWN = -1;

  private long expected = UNKNOWN;
  private long received;
  private boolean paused;
  private int owed;

  /** What Content-Length said. */
  void expect(long length) {
    expected = length;
  }

  /** Counts a piece; false if it is not what Content-Length promised. */
  boolean accept(int length, boolean last) {
    received += length;
    return expected == UNKNOWN || (last ? received == expected : received <= expected);
  }

  /** Bytes of the body so far. */
  long received() {
    return received;
  }

  /** Of {@code length} bytes passed on, how many the peer may send again at once. */
  int passedOn(int length) {
    if (paused) {
      owed += length;
      return 0;
    }
    return length;
  }

  void pause() {
    paused = true;
  }

  /** Gives back what was held; true if a frame was written that needs a flush. */
  boolean resume(Http2LocalFlowController flow, Http2Stream stream) {
    paused = false;
    int length = owed;
    owed = 0;
    try {
      return length > 0 && flow.consumeBytes(stream, length);
    } catch (Http2Exception e) {
      throw new IllegalStateException("more bytes given back than were received", e);
    }
  }
}
