package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A gigabyte between a fast end and a slow one, through a gateway with 64 MB of heap and 64 MB of
 * direct memory: had it to keep what the slow end does not take, it would not live long.
 */
@Timeout(120)
@TestInstance(Lifecycle.PER_CLASS)
class BackPressureIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final long GIGABYTE = 1L << 30;
  private static final int MEGABYTE = 1 << 20;

  /** What socket buffers of both sides and the gateway's watermarks may hold together. */
  private static final long ON_THE_WAY = 40L * MEGABYTE;

  @RegisterExtension static final Parts PARTS = new Parts();

  private final String ip = Loopback.next();
  private final InetSocketAddress http = new InetSocketAddress(InetAddress.ofLiteral(ip), 8080);
  private final Program curl = Program.needed("curl");
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private ServerSocket backend;
  private Process weir;
  private Path dir;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    dir = directory;
    backend = new ServerSocket(8000, 50, InetAddress.ofLiteral(Loopback.next()));
    Thread.ofVirtual().start(this::accept);
    Path config = Files.createDirectory(dir.resolve("config"));
    Files.writeString(
        config.resolve("all.yaml"),
        Yaml.gateway(ip, TestGateway.HTTP_LISTENER)
            + Yaml.backend("plain", (InetSocketAddress) backend.getLocalSocketAddress())
            + Yaml.route("plain", "/"));
    Path errors = dir.resolve("errors");
    ProcessBuilder command =
        new ProcessBuilder(
                ROOT.resolve("weir").toString(),
                "run",
                config.toString(),
                "--admin",
                "off",
                "--access-log",
                "off")
            .redirectErrorStream(true)
            .redirectOutput(errors.toFile());
    command.environment().put("WEIR_JAVA_OPTS", "-Xmx64m -XX:MaxDirectMemorySize=64m");
    weir = command.start();
    Eventually.holds("weir runs", () -> Files.readString(errors).contains("Ctrl-C stops"));
    PARTS.ran("curl", curl.run("--version").succeeded().lines().findFirst().orElse(""));
  }

  @AfterAll
  void stop() throws Exception {
    weir.destroyForcibly().waitFor();
    backend.close();
    assertThat(Files.readString(dir.resolve("errors")))
        .doesNotContain("OutOfMemory")
        .doesNotContain("Exception");
  }

  @BeforeEach
  void forget() {
    sent.set(0);
    received.set(0);
  }

  private void accept() {
    while (true) {
      Socket socket;
      try {
        socket = backend.accept();
      } catch (IOException closed) {
        return;
      }
      Thread.ofVirtual().start(() -> serve(socket));
    }
  }

  /** GET gets a gigabyte as fast as it goes; a body is read at a megabyte a second. */
  private void serve(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        head.append((char) in.read());
      }
      OutputStream out = socket.getOutputStream();
      if (head.indexOf("GET ") == 0) {
        out.write(
            ("HTTP/1.1 200 OK\r\nContent-Length: " + GIGABYTE + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        byte[] piece = new byte[64 * 1024];
        for (long left = GIGABYTE; left > 0; left -= piece.length) {
          out.write(piece);
          sent.addAndGet(piece.length);
        }
      } else {
        long start = System.nanoTime();
        byte[] piece = new byte[64 * 1024];
        int count;
        while ((count = in.read(piece)) >= 0) {
          slowly(start, received.addAndGet(count));
        }
      }
    } catch (SocketException broken) {
      // The client had enough.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until {@code count} bytes are due at a megabyte a second: being slow is the point. */
  private static void slowly(long start, long count) {
    long due = start + count * 1_000_000_000L / MEGABYTE;
    try {
      Thread.sleep(Math.max(0, (due - System.nanoTime()) / 1_000_000));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private long residentBytes(String field) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/" + weir.pid() + "/status"));
    return lines.stream()
        .filter(line -> line.startsWith(field + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }

  private void assertBounded() throws IOException {
    // Code, threads and caches besides the 128 MB that it may use at most.
    assertThat(residentBytes("VmHWM")).as("resident memory").isLessThan(320L * MEGABYTE);
  }

  @Test
  void aSlowClientOfHttp1IsServedAtItsPace() throws Exception {
    try (Peer client = Peer.connectSlow(http)) {
      client.send("GET / HTTP/1.1|Host: h||").readHead();
      long before = residentBytes("VmRSS");
      long start = System.nanoTime();
      long read = 0;
      while (read < 4L * MEGABYTE) {
        client.skip(32 * 1024);
        read += 32 * 1024;
        slowly(start, read);
      }
      assertThat(sent.get()).isLessThan(read + ON_THE_WAY);
      assertThat(residentBytes("VmRSS") - before).isLessThan(64L * MEGABYTE);
      // It hangs on nothing when the client is fast again.
      client.skip(64L * MEGABYTE);
    }
    assertBounded();
  }

  @Test
  void aGigabyteArrivesWhole() throws Exception {
    String size =
        curl.run("-sS", "-o", "/dev/null", "-w", "%{size_download}", "http://" + ip + ":8080/")
            .succeeded();
    assertThat(Long.parseLong(size)).isEqualTo(GIGABYTE);
    assertBounded();
  }

  @Test
  void aSlowClientOfHttp2IsServedAtItsPace() throws Exception {
    Program.Run run =
        curl.run(
            "-sS",
            "--http2-prior-knowledge",
            "--limit-rate",
            "1M",
            "--max-time",
            "4",
            "-o",
            "/dev/null",
            "-w",
            "%{size_download}",
            "http://" + ip + ":8080/");
    assertThat(run.exitStatus()).as(run.errors()).isEqualTo(28);
    long read = Long.parseLong(run.output());
    assertThat(read).isGreaterThan(MEGABYTE);
    assertThat(sent.get()).isLessThan(read + ON_THE_WAY);
    assertBounded();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2-prior-knowledge"})
  void aFastClientIsHeldToThePaceOfASlowBackend(String version) throws Exception {
    Path gigabyte = dir.resolve("gigabyte");
    try (var file = new RandomAccessFile(gigabyte.toFile(), "rw")) {
      file.setLength(GIGABYTE);
    }
    Program.Run run =
        curl.run(
            "-sS",
            version,
            "--max-time",
            "4",
            "-H",
            "Expect:",
            "-T",
            gigabyte.toString(),
            "-w",
            "%{size_upload}",
            "http://" + ip + ":8080/");
    assertThat(run.exitStatus()).as(run.errors()).isEqualTo(28);
    long uploaded = Long.parseLong(run.output());
    assertThat(received.get()).isGreaterThan(MEGABYTE);
    assertThat(uploaded).isLessThan(received.get() + ON_THE_WAY);
    assertBounded();
  }
}
