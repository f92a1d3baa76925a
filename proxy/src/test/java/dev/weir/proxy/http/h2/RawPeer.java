package dev.weir.proxy.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 client that sends whatever it is told to, frame by frame. Blocks; reads with a bound.
 */
public final class RawPeer implements AutoCloseable {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;

  private static final int MAX_FRAME = 16384;

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Socket socket;
  private final DataInputStream in;
  private final DefaultHttp2HeadersDecoder hpack = new DefaultHttp2HeadersDecoder(false, 1 << 20);

  private String broken = "";

  /** A frame as received. */
  public record Frame(int type, int flags, int stream, ByteBuffer payload) {
    /** The error code of RST_STREAM or GOAWAY. */
    public int code() {
      return type == GOAWAY ? payload.getInt(4) : payload.getInt(0);
    }

    public boolean endStream() {
      return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }
  }

  /** A client of {@code 127.0.0.1}. */
  public RawPeer(int port) throws IOException {
    this(port, 0);
  }

  /**
   * @param receiveBuffer bytes that the kernel may hold for us, 0 for its default
   */
  RawPeer(int port, int receiveBuffer) throws IOException {
    this(connect(port, receiveBuffer));
  }

  private RawPeer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(5000);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
  }

  private static Socket connect(int port, int receiveBuffer) throws IOException {
    Socket socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
    return socket;
  }

  /** The next client's connection, its preface read; SETTINGS are not sent yet. */
  static RawPeer accept(ServerSocket listener) throws IOException {
    listener.setSoTimeout(5000);
    RawPeer peer = new RawPeer(listener.accept());
    byte[] preface = new byte[PREFACE.length];
    peer.in.readFully(preface);
    if (!Arrays.equals(preface, PREFACE)) {
      throw new AssertionError("no HTTP/2 preface");
    }
    return peer;
  }

  /** Preface and empty SETTINGS. */
  public RawPeer greet() throws IOException {
    bytes(PREFACE);
    return frame(SETTINGS, 0, 0);
  }

  RawPeer preface() throws IOException {
    return bytes(PREFACE);
  }

  /** Why the last write failed, or empty. */
  String brokenBecause() {
    return broken;
  }

  RawPeer bytes(byte... bytes) throws IOException {
    try {
      socket.getOutputStream().write(bytes);
    } catch (SocketException closed) {
      // What the peer said before it closed can still be read.
      broken = String.valueOf(closed.getMessage());
    }
    return this;
  }

  public RawPeer frame(int type, int flags, int stream, byte... payload) throws IOException {
    return bytes(encode(type, flags, stream, payload));
  }

  /** One more byte for the connection; where it matters that anything is sent at all. */
  RawPeer windowUpdate() {
    try {
      return frame(WINDOW_UPDATE, 0, 0, ints(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] encode(int type, int flags, int stream, byte... payload) {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
    return frame.array();
  }

  /** A complete header block: HEADERS with these flags, and CONTINUATION where it is long. */
  public RawPeer headers(int stream, int flags, String... namesAndValues) throws IOException {
    byte[] block = block(namesAndValues);
    int type = HEADERS;
    int from = 0;
    for (; block.length - from > MAX_FRAME; from += MAX_FRAME) {
      frame(type, flags, stream, Arrays.copyOfRange(block, from, from + MAX_FRAME));
      type = CONTINUATION;
      flags = 0;
    }
    return frame(type, flags | END_HEADERS, stream, Arrays.copyOfRange(block, from, block.length));
  }

  /** A well-formed request. */
  public RawPeer request(int stream, int flags, String method, String path, String... more)
      throws IOException {
    String[] all = Arrays.copyOf(requestFields(method, path), 8 + more.length);
    System.arraycopy(more, 0, all, 8, more.length);
    return headers(stream, flags, all);
  }

  static String[] requestFields(String method, String path) {
    return new String[] {
      ":method", method, ":scheme", "http", ":authority", "weir.test", ":path", path
    };
  }

  /** A header block of literals without indexing and without Huffman code. */
  static byte[] block(String... namesAndValues) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      out.write(0);
      string(out, namesAndValues[i]);
      string(out, namesAndValues[i + 1]);
    }
    return out.toByteArray();
  }

  private static void string(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int length = bytes.length;
    if (length < 127) {
      out.write(length);
    } else {
      out.write(127);
      int rest = length - 127;
      while (rest >= 128) {
        out.write((rest & 127) | 128);
        rest >>>= 7;
      }
      out.write(rest);
    }
    out.writeBytes(bytes);
  }

  public static byte[] ints(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length);
    for (int value : values) {
      buffer.putInt(value);
    }
    return buffer.array();
  }

  /** One setting. */
  public static byte[] setting(int id, long value) {
    return ByteBuffer.allocate(6).putShort((short) id).putInt((int) value).array();
  }

  /** The next frame, or null at the end of the connection. Fails after five seconds of silence. */
  @Nullable Frame read() throws IOException {
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      byte[] payload = new byte[length];
      in.readFully(payload);
      return new Frame(type, flags, stream, ByteBuffer.wrap(payload));
    } catch (EOFException | SocketException end) {
      return null;
    }
  }

  /** Skips frames until one matches. */
  public Frame await(Predicate<Frame> wanted) throws IOException {
    for (Frame frame = read(); frame != null; frame = read()) {
      if (wanted.test(frame)) {
        return frame;
      }
    }
    throw new AssertionError("the connection ended");
  }

  public Frame await(int type, int stream) throws IOException {
    return await(frame -> frame.type == type && frame.stream == stream);
  }

  /** Skips frames until the connection ends. */
  public void awaitEnd() throws IOException {
    while (read() != null) {
      // Whatever else it has to say.
    }
  }

  /** The fields of a HEADERS frame, decoded by Netty; to be called for each, in order. */
  public Http2Headers decode(Frame frame) throws Exception {
    ByteBuf block = Unpooled.wrappedBuffer(frame.payload);
    return hpack.decodeHeaders(frame.stream, block);
  }

  /** Whether the connection still works: a PING is answered. */
  public boolean alive() throws IOException {
    frame(PING, 0, 0, ints(0, 4711));
    Frame answer = await(f -> f.type == PING && f.flags == ACK && f.payload.getInt(4) == 4711);
    return answer.stream == 0;
  }

  /** Sends a TCP reset instead of an orderly close. */
  public void cut() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
