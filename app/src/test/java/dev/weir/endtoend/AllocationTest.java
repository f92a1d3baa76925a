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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

  /**
   * Bytes for each of many requests on one connection that is kept, to ones that are kept, with a
   * line in the access log.
   */
  private long allocatedFor(Load load) throws Exception {
    try (ScriptedServer server =
            ScriptedServer.start(peer -> {
              while (true) {
                peer.readMessage();
                peer.send("HTTP/1.1 200 OK|Content-Length: 5||hello");
              }
            });
        TestGateway gateway =
            TestGateway.start(
                dir,
                options -> options.withAccessLog(dir.resolve("access.log"), AccessLog.Format.TEXT),
                List.of(TestGateway.HTTP_LISTENER, TestGateway.HTTPS_LISTENER),
                TestCertificate.of("weir.test").secret("server"),
                Yaml.backend("shop", server.address()),
                Yaml.route("shop", "/shop"))) {
      load.ask(gateway, WARM_UP);
      long before = allocated();
      assertThat(before).isPositive();
      load.ask(gateway, REQUESTS);
      long each = (allocated() - before) / REQUESTS;
      System.out.println("AllocationTest: " + each + " B a request");
      return each;
    }
  }

  /** Sends so many requests on one connection and waits for the answers. */
  private interface Load {
    void ask(TestGateway gateway, int times) throws Exception;
  }

  private static Load h2load(String scheme, String... options) throws Exception {
    Program h2load = Program.needed("h2load");
    PARTS.ran("h2load", h2load.run("--version").succeeded());
    int port = scheme.equals("https") ? TestGateway.HTTPS : TestGateway.HTTP;
    return (gateway, times) -> {
      List<String> arguments = new ArrayList<>(List.of(options));
      arguments.add("--clients=1");
      arguments.add("--requests=" + times);
      arguments.add(scheme + "://" + gateway.ip() + ":" + port + "/shop");
      assertThat(h2load.run(arguments).succeeded())
          .contains("%d succeeded, 0 failed, 0 errored".formatted(times));
    };
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
