package dev.weir.proxy.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A raw socket, client or server end: text is ISO 8859-1, {@code |} stands for CRLF. */
final class Peer implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;

  private final Socket socket;
  private final InputStream in;

  Peer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  static Peer connect(InetSocketAddress address) throws IOException {
    return new Peer(open(new Socket(), address));
  }

  /** A client that takes little at a time. */
  static Peer connectSlow(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(8 * 1024);
    return new Peer(open(socket, address));
  }

  /** A client that speaks TLS. */
  static Peer connect(InetSocketAddress address, SSLContext tls) throws IOException {
    Socket socket = tls.getSocketFactory().createSocket();
    return new Peer(open(socket, address));
  }

  private static Socket open(Socket socket, InetSocketAddress address) throws IOException {
    socket.connect(address, PATIENCE_MILLIS);
    return socket;
  }

  /** One request on a connection of its own; the whole answer. */
  static String ask(InetSocketAddress address, String request) throws IOException {
    try (Peer peer = connect(address)) {
      return peer.send(request).readMessage();
    }
  }

  Peer send(String text) throws IOException {
    return send(bytes(text.replace("|", "\r\n")));
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
    byte[] got = new byte[256];
    int count = 0;
    while (count < wanted.length
        || !Arrays.equals(got, count - wanted.length, count, wanted, 0, wanted.length)) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException(
            "closed after: " + new String(got, 0, count, StandardCharsets.ISO_8859_1));
      }
      if (count == got.length) {
        got = Arrays.copyOf(got, count * 2);
      }
      got[count++] = (byte) b;
    }
    return new String(got, 0, count, StandardCharsets.ISO_8859_1);
  }

  /** A head: everything up to and with the empty line. */
  String readHead() throws IOException {
    return readUntil("\r\n\r\n");
  }

  /** A head and the body that its Content-Length or chunks announce. */
  String readMessage() throws IOException {
    String head = readHead();
    String lower = head.toLowerCase(java.util.Locale.ROOT);
    int length = lower.indexOf("\r\ncontent-length: ");
    if (length >= 0) {
      int start = length + "\r\ncontent-length: ".length();
      int size = Integer.parseInt(head.substring(start, head.indexOf("\r\n", start)));
      return head + read(size);
    }
    return lower.contains("transfer-encoding: chunked") ? head + readUntil("0\r\n\r\n") : head;
  }

  String read(int count) throws IOException {
    byte[] data = in.readNBytes(count);
    if (data.length < count) {
      throw new EOFException("closed after " + data.length + " bytes");
    }
    return new String(data, StandardCharsets.ISO_8859_1);
  }

  /** Reads {@code count} bytes and keeps nothing. */
  void skip(long count) throws IOException {
    in.skipNBytes(count);
  }

  /** Everything up to the end of the stream. */
  String readAll() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    in.transferTo(all);
    return all.toString(StandardCharsets.ISO_8859_1);
  }

  /** Whether the other end has closed; waits for that or for a byte. */
  boolean ended() throws IOException {
    try {
      return in.read() < 0;
    } catch (java.net.SocketException reset) {
      return true;
    }
  }

  /** The certificate that the other end showed, or null. */
  @Nullable Certificate certificate() {
    try {
      return ((SSLSocket) socket).getSession().getPeerCertificates()[0];
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  int localPort() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
