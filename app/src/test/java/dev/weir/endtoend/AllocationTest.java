package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.weir.endtoend.LoadedGateway.Load;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the event loops allocate for a request, once it runs compiled. The figure is the same on
 * every machine, so it guards what a time cannot.
 */
class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int WARM_UP = 15_000;
  private static final int REQUESTS = 5_000;

  /** On a busy machine the compiler may still be at work on the first of them. */
  private static final int ROUNDS = 3;

  @RegisterExtension static final Parts PARTS = new Parts();

  @TempDir private Path dir;

  private ResourceLeakDetector.Level level;

  @BeforeEach
  void start() {
    level = ResourceLeakDetector.getLevel();
    // The search for leaks writes down where each buffer has been.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
  }

  @AfterEach
  void stop() {
    ResourceLeakDetector.setLevel(level);
  }

  /** With a client of our own, so that the path that matters most is guarded everywhere. */
  @Test
  void requestsWithoutBodyLeaveNothing() throws Exception {
    assertThat(allocatedFor(AllocationTest::get)).isLessThan(64);
  }

  @Test
  void bodiesLeaveNothing() throws Exception {
    Path body = Files.write(dir.resolve("body"), new byte[10_000]);
    assertThat(allocatedFor(h2load("http", "--h1", "--data=" + body))).isLessThan(64);
  }

  @Test
  void tlsLeavesLittle() throws Exception {
    // 177 to 185 when this was written.
    assertThat(allocatedFor(h2load("https", "--h1"))).isLessThan(256);
  }

  @Test
  void streamsOfHttp2LeaveLittle() throws Exception {
    // 915 to 973, TLS included.
    assertThat(allocatedFor(h2load("https", "--max-concurrent-streams=8"))).isLessThan(1280);
  }

  /** Bytes for each of many requests on one connection, in the best of the rounds. */
  private long allocatedFor(Load load) throws Exception {
    return LoadedGateway.measure(
        dir,
        gateway -> {
          load.ask(gateway, WARM_UP);
          long least = Long.MAX_VALUE;
          for (int round = 0; round < ROUNDS; round++) {
            long before = allocated();
            assertThat(before).isPositive();
            load.ask(gateway, REQUESTS);
            long each = (allocated() - before) / REQUESTS;
            System.out.println("AllocationTest: " + each + " B a request");
            least = Math.min(least, each);
          }
          return least;
        });
  }

  private static Load h2load(String scheme, String... options) throws Exception {
    return LoadedGateway.h2load(PARTS, scheme, options);
  }

  private static void get(TestGateway gateway, int times) throws IOException {
    byte[] request =
        "GET /shop HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: test/1\r\nAccept: */*\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    try (Socket client = new Socket(gateway.http().getAddress(), gateway.http().getPort())) {
      InputStream in = client.getInputStream();
      int length = 0;
      for (int i = 0; i < times; i++) {
        client.getOutputStream().write(request);
        length = length == 0 ? answer(in) : in.readNBytes(length).length;
      }
    }
  }

  /** Reads the first answer; all are of its length. */
  private static int answer(InputStream in) throws IOException {
    StringBuilder text = new StringBuilder();
    while (!text.toString().endsWith("\r\n\r\nhello")) {
      text.append((char) in.read());
    }
    assertThat(text.toString()).startsWith("HTTP/1.1 200");
    return text.length();
  }

  private static long allocated() {
    long[] workers =
        Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
            .filter(thread -> thread != null && thread.getThreadName().startsWith("worker-"))
            .mapToLong(ThreadInfo::getThreadId)
            .toArray();
    assertThat(workers).isNotEmpty();
    return Arrays.stream(THREADS.getThreadAllocatedBytes(workers)).sum();
  }
}
