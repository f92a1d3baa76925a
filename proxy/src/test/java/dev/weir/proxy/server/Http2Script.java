package dev.weir.proxy.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The server's end of an HTTP/2 connection, frame by frame, without an HTTP/2 library. */
final class Http2Script {
  private static final int PREFACE_BYTES = 24;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int END_STREAM_AND_HEADERS = 5;

  /** {@code :status: 200} of HPACK's static table. */
  private static final byte[] STATUS_200 = {(byte) 0x88};

  private final Peer peer;

  private Http2Script(Peer peer) {
    this.peer = peer;
  }

  /** Reads the client's preface and sends empty SETTINGS. */
  static Http2Script begin(Peer peer) throws IOException {
    peer.read(PREFACE_BYTES);
    Http2Script script = new Http2Script(peer);
    script.frame(SETTINGS, 0, 0);
    return script;
  }

  /** Reads up to the head of a request; the number of its stream. */
  int readRequest() throws IOException {
    while (true) {
      byte[] head = peer.read(9).getBytes(StandardCharsets.ISO_8859_1);
      int length = number(head, 0, 3);
      peer.read(length);
      if (head[3] == HEADERS) {
        return number(head, 5, 4);
      }
    }
  }

  /** Breaks a stream off. */
  void reset(int stream, int errorCode) throws IOException {
    frame(RST_STREAM, 0, stream, bytes(errorCode));
  }

  /** Answers with 200 and no body. */
  void answer(int stream) throws IOException {
    frame(HEADERS, END_STREAM_AND_HEADERS, stream, STATUS_200);
  }

  private void frame(int type, int flags, int stream, byte... payload) throws IOException {
    byte[] frame = new byte[9 + payload.length];
    frame[2] = (byte) payload.length;
    frame[3] = (byte) type;
    frame[4] = (byte) flags;
    System.arraycopy(bytes(stream), 0, frame, 5, 4);
    System.arraycopy(payload, 0, frame, 9, payload.length);
    peer.send(frame);
  }

  private static byte[] bytes(int value) {
    return new byte[] {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
  }

  private static int number(byte[] from, int offset, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
      value = (value << 8) | (from[offset + i] & 0xff);
    }
    return value;
  }
}
