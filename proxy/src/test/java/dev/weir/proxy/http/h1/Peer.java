package dev.weir.proxy.http.h1;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A raw socket, client or server end: sends and reads text as ISO 8859-1, waits with a bound. */
final class Peer implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;

  private final Socket socket;
  private final InputStream in;

  Peer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    this.in = socket.getInputStream();
  }

  static Peer connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    socket.connect(address, PATIENCE_MILLIS);
    return new Peer(socket);
  }

  static Peer connect(InetSocketAddress address, int receiveBuffer) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(receiveBuffer);
    socket.connect(address, PATIENCE_MILLIS);
    return new Peer(socket);
  }

  Peer send(String text) throws IOException {
    socket.getOutputStream().write(bytes(text));
    return this;
  }

  Peer send(byte[] data) throws IOException {
    socket.getOutputStream().write(data);
    return this;
  }

  /** Ends our direction. */
  Peer end() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Closes with a reset. */
  void abort() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Everything up to and with {@code mark}. */
  String readUntil(String mark) throws IOException {
    byte[] wanted = bytes(mark);
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    while (!endsWith(got.toByteArray(), wanted)) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("closed after: " + got.toString(StandardCharsets.ISO_8859_1));
      }
      got.write(b);
    }
    return got.toString(StandardCharsets.ISO_8859_1);
  }

  private static boolean endsWith(byte[] all, byte[] wanted) {
    int from = all.length - wanted.length;
    return from >= 0 && java.util.Arrays.equals(all, from, all.length, wanted, 0, wanted.length);
  }

  /** A head: everything up to and with the empty line. */
  String readHead() throws IOException {
    return readUntil("\r\n\r\n");
  }

  String read(int count) throws IOException {
    return new String(in.readNBytes(count), StandardCharsets.ISO_8859_1);
  }

  /** Whether the other end has already sent something: its last word, in some tests. */
  boolean answered() throws IOException {
    return in.available() > 0;
  }

  /** Everything up to the end of the stream. */
  String readAll() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** The same; the stream may end with a reset as well. */
  String readAllUntilReset() throws IOException {
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    try {
      in.transferTo(got);
    } catch (SocketException reset) {
      // All that came before it was read.
    }
    return got.toString(StandardCharsets.ISO_8859_1);
  }

  /** Reads {@code count} bytes without keeping them. */
  void skip(long count) throws IOException {
    in.skipNBytes(count);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** {@code text} with CRLF for each {@code |}. */
  static String http(String text) {
    return text.replace("|", "\r\n");
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
