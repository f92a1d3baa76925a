package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.endtoend.Program.Run;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./weir run examples/quickstart}, a copy of it, as a process; and curl. */
class QuickstartIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern POD = Pattern.compile("\"pod\" : \"([^\"]*)\"");

  @RegisterExtension static final Parts PARTS = new Parts();

  @TempDir private Path dir;

  private final String ip = Loopback.next();
  private final InetSocketAddress http = new InetSocketAddress(InetAddress.ofLiteral(ip), 8080);
  private final Program curl = Program.needed("curl");
  private Path config;
  private Path errors;
  private Path accessLog;
  private Process weir;

  /** The example as it is, but on an address where all its ports are free. */
  @BeforeEach
  void start() throws Exception {
    config = Files.createDirectory(dir.resolve("quickstart"));
    try (Stream<Path> files = Files.list(ROOT.resolve("examples/quickstart"))) {
      for (Path file : files.toList()) {
        Files.writeString(
            config.resolve(file.getFileName().toString()),
            Files.readString(file).replace("127.0.0.1", ip));
      }
    }
    errors = dir.resolve("errors");
    accessLog = dir.resolve("access.log");
    weir =
        new ProcessBuilder(
                ROOT.resolve("weir").toString(),
                "run",
                config.toString(),
                "--admin",
                ip + ":15000",
                "--access-log",
                accessLog.toString(),
                "--access-log-format",
                "json",
                "--drain-seconds",
                "20")
            .redirectError(errors.toFile())
            .redirectOutput(dir.resolve("output").toFile())
            .start();
    Eventually.holds(
        "weir runs", () -> Files.readString(errors).contains("Ctrl-C stops") || !weir.isAlive());
    assertThat(weir.isAlive()).as(Files.readString(errors)).isTrue();
    PARTS.ran("curl", curl.run("--version").succeeded().lines().findFirst().orElse(""));
  }

  @AfterEach
  void stop() throws Exception {
    weir.destroyForcibly().waitFor();
  }

  private String url(String path) {
    return "http://" + ip + ":8080" + path;
  }

  private String routes() throws IOException {
    return Files.readString(config.resolve("routes.yaml"));
  }

  private void replace(String file, String text) throws IOException {
    Path fresh = Files.writeString(dir.resolve("fresh"), text);
    Files.move(fresh, config.resolve(file), StandardCopyOption.REPLACE_EXISTING);
  }

  /** How many answers came from which pod. */
  private Map<String, Integer> split(int requests) throws Exception {
    Map<String, Integer> split = new HashMap<>();
    POD.matcher(curl.run("-sSf", url("/hello?[1-" + requests + "]")).succeeded())
        .results()
        .forEach(pod -> split.merge(pod.group(1), 1, Integer::sum));
    return split;
  }

  @Test
  void showsWhatItPromises() throws Exception {
    // What it prints is what works.
    List<String> commands =
        Files.readString(errors)
            .lines()
            .filter(line -> line.startsWith("  curl "))
            .map(line -> line.substring(0, line.indexOf('#')).strip())
            .toList();
    assertThat(commands).contains("curl " + url("/hello"), "curl " + url("/greetings"));
    for (String command : commands) {
      Program.needed("sh").run("-c", command.replace("curl ", "curl -sSf ")).succeeded();
    }

    assertThat(curl.run("-sS", url("/hello/you?a=b")).succeeded())
        .contains("\"path\" : \"/hello/you?a=b\"")
        .contains("\"X-Served-By\" : [ \"weir\" ]");
    // 80 to 20: five standard deviations are 45.
    Map<String, Integer> split = split(500);
    assertThat(split.getOrDefault("hello-v1", 0)).isBetween(355, 445);
    assertThat(split.getOrDefault("hello-v2", 0)).isBetween(55, 145);

    assertThat(curl.run("-sS", "-i", url("/greetings/you")).succeeded())
        .startsWith("HTTP/1.1 301 ")
        .containsIgnoringCase("Location: " + url("/hello/you") + "\r\n");
    assertThat(curl.run("-sS", "-i", url("/nowhere")).succeeded())
        .startsWith("HTTP/1.1 404 ")
        .contains("weir-reason: no-route\r\n");
    assertThat(curl.run("-sS", "http://" + ip + ":15000/ready").succeeded()).isEqualTo("ready\n");
    Eventually.holds(
        "the access log is written",
        () ->
            Files.readString(accessLog).lines().count() >= 504
                && Files.readString(accessLog).contains("\"reason\":\"no-route\""));
  }

  @Test
  @Timeout(120)
  void editsBreakNothing() throws Exception {
    Semaphore tick = new Semaphore(0);
    AtomicBoolean enough = new AtomicBoolean();
    try (ScriptedServer events =
            ScriptedServer.start(peer -> {
              if (!peer.readHead().contains("/live")) {
                peer.send("HTTP/1.1 204 No Content||");
                return;
              }
              peer.send("HTTP/1.1 200 OK|Content-Type: text/event-stream||");
              for (int i = 0; ; i++) {
                peer.send("data: " + i + "||");
                tick.acquire();
              }
            });
        Peer idle = Peer.connect(http);
        HttpClient client = HttpClient.newHttpClient()) {
      replace(
          "events.yaml",
          Yaml.backend("events", events.address()) + Yaml.route("events", "/events"));
      Eventually.holds(
          "the new route is live",
          () -> Peer.ask(http, "GET /events HTTP/1.1|Host: h||").contains(" 204 "));
      assertThat(idle.send("GET /hello HTTP/1.1|Host: h||").readMessage()).contains(" 200 OK");
      try (Peer stream = Peer.connect(http);
          Loop keepAlive = Loop.curl(enough, url("/hello?[1-50]"));
          Loop fresh = Loop.curl(enough, "-H", "Connection: close", url("/hello?[1-50]"));
          // curl 7.88 cannot use a connection by prior knowledge twice.
          Loop http2 = Loop.h2load(enough, url("/hello"))) {
        stream.send("GET /events/live HTTP/1.1|Host: h||").readUntil("data: 0\r\n\r\n");
        Echo echo = new Echo();
        WebSocket socket =
            client
                .newWebSocketBuilder()
                .buildAsync(URI.create("ws://" + ip + ":8080/hello"), echo)
                .get(20, TimeUnit.SECONDS);

        String routes = routes();
        for (int edit = 1; edit <= 12; edit++) {
          // All to one version, then all to the other.
          String other = edit % 2 == 0 ? "hello-v1" : "hello-v2";
          replace(
              "routes.yaml",
              routes
                  .replace("weight: 80", edit % 2 == 0 ? "weight: 1" : "weight: 0")
                  .replace("weight: 20", edit % 2 == 0 ? "weight: 0" : "weight: 1"));
          Eventually.holds("edit " + edit + " is live", () -> split(5).equals(Map.of(other, 5)));
          tick.release();
          stream.readUntil("data: " + edit + "\r\n\r\n");
          assertThat(echo.of(socket, "tick " + edit)).isEqualTo("tick " + edit);
        }

        breaksNothingWhenBroken(routes);
        aListenerComesAndGoes();

        assertThat(idle.send("GET /hello HTTP/1.1|Host: h||").readMessage()).contains(" 200 OK");
        tick.release();
        stream.readUntil("data: 13\r\n\r\n");
        assertThat(echo.of(socket, "still there")).isEqualTo("still there");
        socket.sendClose(1000, "").get(20, TimeUnit.SECONDS);
        assertThat(echo.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1000);
        enough.set(true);
        for (Loop loop : List.of(keepAlive, fresh, http2)) {
          assertThat(loop.failures()).isEmpty();
          assertThat(loop.succeeded.get()).isGreaterThan(100);
        }
      }
    }
    assertThat(Files.readString(errors)).doesNotContain("Exception");
  }

  private void breaksNothingWhenBroken(String routes) throws Exception {
    replace("routes.yaml", routes.replace("backendRefs", "backendRef"));
    Eventually.holds(
        "it says what is wrong",
        () ->
            Files.readString(errors)
                    .contains(
                        "routes.yaml:20: HTTPRoute/default/hello: spec.rules[0].backendRef: unknown"
                            + " field; did you mean backendRefs?")
                && Files.readString(errors).contains("stays in use until this is corrected"));
    assertThat(split(20).values()).containsExactly(20);
    replace("routes.yaml", routes);
    Eventually.holds("the good file is live", () -> split(50).size() == 2);
  }

  private void aListenerComesAndGoes() throws Exception {
    String gateway = Files.readString(config.resolve("gateway.yaml"));
    InetSocketAddress second = new InetSocketAddress(http.getAddress(), 8081);
    replace("gateway.yaml", gateway + "  - name: second\n    protocol: HTTP\n    port: 8081\n");
    Eventually.holds(
        "the listener is there",
        () -> Peer.ask(second, "GET /hello HTTP/1.1|Host: h||").contains(" 200 OK"));
    try (Peer drained = Peer.connect(second)) {
      drained.send("GET /hello?delay=1s HTTP/1.1|Host: h||");
      Eventually.holds("the request runs", () -> clusters().contains("\"active\" : 1"));
      replace("gateway.yaml", gateway);
      Eventually.holds("the listener is gone", () -> refuses(second));
      assertThat(drained.readMessage()).contains(" 200 OK").contains("Connection: close\r\n");
      assertThat(drained.ended()).isTrue();
    }
  }

  private String clusters() throws Exception {
    return curl.run("-sS", "http://" + ip + ":15000/clusters").succeeded();
  }

  private static boolean refuses(InetSocketAddress address) throws IOException {
    try {
      Peer.connect(address).close();
      return false;
    } catch (ConnectException e) {
      return true;
    }
  }

  @Test
  void sigtermEndsItWhenItsWorkIsDone() throws Exception {
    try (Peer busy = Peer.connect(http);
        Peer idle = Peer.connect(http);
        Http2Peer http2 = new Http2Peer(http)) {
      assertThat(idle.send("GET /hello HTTP/1.1|Host: h||").readMessage()).contains(" 200 OK");
      http2.awaitFrame(Http2Peer.SETTINGS);
      busy.send("GET /hello?delay=2s HTTP/1.1|Host: h||");
      Eventually.holds("the request runs", () -> clusters().contains("\"active\" : 1"));
      long asked = System.nanoTime();

      weir.destroy();

      Eventually.holds("nobody listens", () -> refuses(http));
      Run ready = curl.run("-sS", "-i", "http://" + ip + ":15000/ready");
      assertThat(ready.succeeded()).startsWith("HTTP/1.1 503 ").endsWith("draining\n");
      assertThat(idle.ended()).isTrue();
      http2.awaitFrame(Http2Peer.GOAWAY);
      assertThat(busy.readMessage()).contains(" 200 OK").contains("Connection: close\r\n");
      assertThat(weir.waitFor(15, TimeUnit.SECONDS)).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(15));
      assertThat(weir.exitValue()).as(Files.readString(errors)).isZero();
      assertThat(Files.readString(errors)).contains("Stopping: no new connections");
      // The last line is in the file.
      assertThat(Files.readString(accessLog)).contains("/hello?delay=2s");
    }
  }

  @Test
  void theSecondSigtermEndsItAtOnce() throws Exception {
    try (Peer busy = Peer.connect(http)) {
      busy.send("GET /hello?delay=15s HTTP/1.1|Host: h||");
      Eventually.holds("the request runs", () -> clusters().contains("\"active\" : 1"));
      weir.destroy();
      Eventually.holds("nobody listens", () -> refuses(http));
      Program.needed("kill").run("-TERM", Long.toString(weir.pid())).succeeded();
      assertThat(weir.waitFor(5, TimeUnit.SECONDS)).isTrue();
      assertThat(weir.exitValue()).isEqualTo(143);
      assertThat(busy.ended()).isTrue();
    }
  }

  /** Runs a client again and again, each time for many requests, and notes what fails. */
  private static final class Loop implements AutoCloseable {
    private static final int REQUESTS = 50;

    final AtomicInteger succeeded = new AtomicInteger();
    private final List<String> failures = new ArrayList<>();
    private final Program client;
    private final List<String> arguments;
    private final Pattern success;
    private final AtomicBoolean enough;
    private final Thread thread;

    private Loop(Program client, List<String> arguments, Pattern success, AtomicBoolean enough) {
      this.client = client;
      this.arguments = arguments;
      this.success = success;
      this.enough = enough;
      this.thread = Thread.ofVirtual().start(this::run);
    }

    static Loop curl(AtomicBoolean enough, String... arguments) {
      List<String> all =
          new ArrayList<>(
              List.of("-sS", "--rate", "100/s", "-o", "/dev/null", "-w", "%{http_code}\n"));
      all.addAll(List.of(arguments));
      return new Loop(
          Program.needed("curl"), all, Pattern.compile("(?:200\n){" + REQUESTS + "}"), enough);
    }

    static Loop h2load(AtomicBoolean enough, String url) {
      return new Loop(
          Program.needed("h2load"),
          List.of("-n" + REQUESTS, "-c2", "-m2", "--rps=50", url),
          Pattern.compile("(?s).* " + REQUESTS + " 2xx, 0 3xx, 0 4xx, 0 5xx.*"),
          enough);
    }

    private void run() {
      while (!enough.get()) {
        try {
          Run run = client.run(arguments);
          if (run.exitStatus() == 0 && success.matcher(run.output()).matches()) {
            succeeded.addAndGet(REQUESTS);
          } else {
            failed(run.toString());
          }
        } catch (IOException | AssertionError e) {
          failed(e.toString());
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    private void failed(String how) {
      synchronized (failures) {
        failures.add(how);
      }
    }

    /** What went wrong until its end, which this waits for. */
    List<String> failures() throws InterruptedException {
      thread.join();
      synchronized (failures) {
        return List.copyOf(failures);
      }
    }

    @Override
    public void close() {
      enough.set(true);
    }
  }

  /** Messages that come back. */
  private static final class Echo implements WebSocket.Listener {
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    String of(WebSocket socket, String text) throws Exception {
      socket.sendText(text, true).get(20, TimeUnit.SECONDS);
      String back = received.poll(20, TimeUnit.SECONDS);
      return back == null ? "nothing came back" : back;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      received.add(data.toString());
      from.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
      closed.complete(status);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void onError(WebSocket from, Throwable cause) {
      received.add("broken: " + cause);
    }
  }

  /** Just enough of an HTTP/2 client to see frames come. */
  private static final class Http2Peer implements AutoCloseable {
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    private static final int ACK = 1;

    private final Socket socket = new Socket();

    Http2Peer(InetSocketAddress address) throws IOException {
      socket.connect(address);
      socket.setSoTimeout(20_000);
      ByteArrayOutputStream preface = new ByteArrayOutputStream();
      preface.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      preface.writeBytes(new byte[] {0, 0, 0, SETTINGS, 0, 0, 0, 0, 0});
      socket.getOutputStream().write(preface.toByteArray());
    }

    /** Reads up to the next frame of that type, and answers pings. */
    void awaitFrame(int wanted) throws IOException {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      int type;
      do {
        int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
        type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        in.readInt();
        byte[] payload = in.readNBytes(length);
        if (type == PING && (flags & ACK) == 0) {
          socket.getOutputStream().write(new byte[] {0, 0, 8, PING, ACK, 0, 0, 0, 0});
          socket.getOutputStream().write(payload);
        }
      } while (type != wanted);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
