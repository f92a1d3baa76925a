package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.weir.proxy.observe.AccessLog;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the event loops allocate for a request, once it runs compiled. The figure is the same on
 * every machine, so it guards what a time cannot.
 */
class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int WARM_UP = 15_000;
  private static final int REQUESTS = 5_000;

  /** On a connection that is kept, to one that is kept, with a line in the access log. */
  private static final long LIMIT_BYTES = 64;

  @TempDir private Path dir;

  private ResourceLeakDetector.Level level;
  private ScriptedServer server;

  @BeforeEach
  void start() throws IOException {
    level = ResourceLeakDetector.getLevel();
    // The search for leaks writes down where each buffer has been.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    server = ScriptedServer.answering("hello");
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    ResourceLeakDetector.setLevel(level);
  }

  @Test
  void aRequestLeavesNextToNothing() throws Exception {
    try (TestGateway gateway =
            TestGateway.start(
                dir,
                options -> options.withAccessLog(dir.resolve("access.log"), AccessLog.Format.TEXT),
                List.of(TestGateway.HTTP_LISTENER),
                Yaml.backend("shop", server.address()),
                Yaml.route("shop", "/shop"));
        Socket client = new Socket(gateway.http().getAddress(), gateway.http().getPort())) {
      ask(client, WARM_UP);
      long before = allocated();
      assertThat(before).isPositive();
      ask(client, REQUESTS);
      long each = (allocated() - before) / REQUESTS;
      System.out.println("AllocationTest: " + each + " B a request");
      assertThat(each).isLessThan(LIMIT_BYTES);
    }
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

  private static void ask(Socket client, int times) throws IOException {
    byte[] request =
        "GET /shop HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: test/1\r\nAccept: */*\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    InputStream in = client.getInputStream();
    int length = 0;
    for (int i = 0; i < times; i++) {
      client.getOutputStream().write(request);
      length = length == 0 ? answer(in) : in.readNBytes(length).length;
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
}
