package dev.weir.proxy.server;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509TrustManager;
import tech.kwik.core.ConnectionTerminatedEvent;
import tech.kwik.core.QuicClientConnection;
import tech.kwik.core.QuicStream;
import tech.kwik.qpack.Decoder;

/**
 * HTTP/3 frame by frame, over a QUIC that has nothing in common with the proxy's: also what no
 * honest client would send.
 */
final class Http3Client implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int SETTINGS = 4;
  static final int GOAWAY = 7;

  private final QuicClientConnection quic;
  private final BlockingQueue<QuicStream> opened = new LinkedBlockingQueue<>();
  private final CompletableFuture<Long> closed = new CompletableFuture<>();

  /** What came on a request stream. */
  record Answer(List<Map<String, String>> heads, String text) {
    String status() {
      return Objects.requireNonNull(heads.getFirst().get(":status"));
    }
  }

  private Http3Client(QuicClientConnection quic) {
    this.quic = quic;
  }

  static Http3Client connect(InetSocketAddress address, String serverName) throws IOException {
    return connect(address, serverName, new UnhurriedSocket());
  }

  /** The same by way of {@code socket}. */
  static Http3Client connect(InetSocketAddress address, String serverName, DatagramSocket socket)
      throws IOException {
    QuicClientConnection quic =
        QuicClientConnection.newBuilder()
            .uri(URI.create("https://" + serverName + ":" + address.getPort()))
            .proxy(address.getAddress().getHostAddress())
            .applicationProtocol("h3")
            .customTrustManager(new Trusting())
            .socketFactory(destination -> socket)
            .connectTimeout(Duration.ofSeconds(10))
            .maxOpenPeerInitiatedUnidirectionalStreams(10)
            .build();
    Http3Client client = new Http3Client(quic);
    quic.setPeerInitiatedStreamCallback(client.opened::add);
    quic.setConnectionListener(client::disconnected);
    quic.connect();
    client.sendAside(new byte[] {0, SETTINGS, 0});
    return client;
  }

  X509Certificate certificate() {
    return quic.getServerCertificateChain().getFirst();
  }

  boolean connected() {
    return quic.isConnected();
  }

  private void disconnected(ConnectionTerminatedEvent event) {
    Long code = event.applicationErrorCode();
    closed.complete(event.closedByPeer() && code != null ? code : -1);
  }

  /** The code with which the server closes the connection, sooner or later. */
  long closeCode() throws Exception {
    return closed.get(5, TimeUnit.SECONDS);
  }

  /** Sends bytes on a stream of its own that takes no answer. */
  void sendAside(byte[] bytes) throws IOException {
    OutputStream out = quic.createStream(false).getOutputStream();
    out.write(bytes);
    out.flush();
  }

  QuicStream open() throws IOException {
    // kwik interrupts whoever reads a stream that is reset, perhaps when the read is over.
    Thread.interrupted();
    return quic.createStream(true);
  }

  /** Sends a request whole and reads the answer. */
  Answer ask(String method, String path, String... fields) throws IOException {
    return send(frame(HEADERS, request(method, path, fields)));
  }

  /** Sends frames and the end, and reads the answer. */
  Answer send(byte[]... frames) throws IOException {
    QuicStream stream = open();
    try (OutputStream out = stream.getOutputStream()) {
      for (byte[] frame : frames) {
        out.write(frame);
      }
    }
    return read(stream.getInputStream());
  }

  static byte[] request(String method, String path, String... fields) {
    List<String> all = new ArrayList<>();
    all.addAll(List.of(":method", method, ":scheme", "https"));
    all.addAll(List.of(":authority", "a.example", ":path", path));
    all.addAll(List.of(fields));
    return block(all.toArray(String[]::new));
  }

  /** A field section of literals (RFC 9204, section 4.5.6). */
  static byte[] block(String... fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    out.write(0);
    for (int i = 0; i < fields.length; i += 2) {
      text(out, 0x20, 7, fields[i]);
      text(out, 0, 127, fields[i + 1]);
    }
    return out.toByteArray();
  }

  private static void text(ByteArrayOutputStream out, int flags, int max, String text) {
    int length = text.length();
    if (length < max) {
      out.write(flags | length);
    } else {
      out.write(flags | max);
      int rest = length - max;
      for (; rest >= 128; rest >>= 7) {
        out.write((rest & 127) | 128);
      }
      out.write(rest);
    }
    out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  static byte[] frame(int type, byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(type);
    int length = payload.length;
    out.write(0x80 | (length >> 24));
    out.write(length >> 16);
    out.write(length >> 8);
    out.write(length);
    out.writeBytes(payload);
    return out.toByteArray();
  }

  /** Reads frames to the end of a request stream. */
  static Answer read(InputStream in) throws IOException {
    List<Map<String, String>> heads = new ArrayList<>();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int type = in.read(); type >= 0; type = in.read()) {
      byte[] payload = in.readNBytes((int) varint(in));
      switch (type) {
        case HEADERS -> heads.add(fields(payload));
        case DATA -> body.writeBytes(payload);
        default -> {}
      }
    }
    return new Answer(heads, body.toString(StandardCharsets.ISO_8859_1));
  }

  private static Map<String, String> fields(byte[] block) throws IOException {
    Map<String, String> fields = new java.util.TreeMap<>();
    for (Map.Entry<String, String> field :
        Decoder.newBuilder().build().decodeStream(new ByteArrayInputStream(block))) {
      fields.put(field.getKey(), field.getValue());
    }
    return fields;
  }

  /** The id in the GOAWAY that the server sends, sooner or later. */
  long goAway() throws IOException, InterruptedException {
    while (true) {
      QuicStream stream = opened.poll(10, TimeUnit.SECONDS);
      if (stream == null) {
        throw new EOFException("no control stream");
      }
      InputStream in = stream.getInputStream();
      if (varint(in) != 0) {
        continue;
      }
      while (true) {
        long type = varint(in);
        byte[] payload = in.readNBytes((int) varint(in));
        if (type == GOAWAY) {
          return varint(new ByteArrayInputStream(payload));
        }
      }
    }
  }

  private static long varint(InputStream in) throws IOException {
    int first = in.read();
    if (first < 0) {
      throw new EOFException();
    }
    long value = first & 0x3f;
    for (int more = (1 << (first >> 6)) - 1; more > 0; more--) {
      value = (value << 8) | in.read();
    }
    return value;
  }

  @Override
  public void close() {
    quic.close();
  }

  /** Certificates are for the tests to look at. */
  private static final class Trusting implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
