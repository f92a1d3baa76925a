package dev.weir.cli;

import dev.weir.standalone.Standalone;
import dev.weir.standalone.StandaloneOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * {@code weir rehearse}: a gateway that serves itself for a moment. The build records what the JVM
 * loads meanwhile, so that real ones start faster.
 */
final class RehearseCommand implements Command {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  /** Enough that the paths of a request are loaded, by far not that they are compiled. */
  private static final int REQUESTS = 200;

  private static final int TIMEOUT_MILLIS = 10_000;

  private final Usage usage =
      Usage.of(
              this,
              "rehearse",
              "Starts a gateway on free ports, sends it some requests, and stops it.")
          .hidden();

  @Override
  public Usage usage() {
    return usage;
  }

  @Override
  public Integer call() throws IOException, ReflectiveOperationException {
    StopSignal stop = StopSignal.install();
    try {
      rehearse(Files.createTempDirectory("weir-rehearsal"));
    } finally {
      stop.giveBack();
    }
    return 0;
  }

  private static void rehearse(Path directory) throws IOException {
    Path config = Files.createDirectory(directory.resolve("config"));
    int port = freePort();
    try (ServerSocket upstream = new ServerSocket(0, 1, LOOPBACK)) {
      Thread.ofPlatform().daemon().start(() -> accept(upstream));
      Files.writeString(
          config.resolve("gateway.yaml"), configuration(port, freePort(), upstream.getLocalPort()));
      StandaloneOptions options =
          options(
              "--admin=" + LOOPBACK.getHostAddress() + ":0",
              "--access-log=" + directory.resolve("access.log"),
              "--state-dir=" + directory.resolve("state"),
              config.toString());
      serve(options, port);
      serve(options, port); // which finds what the first one kept
    } finally {
      delete(directory);
    }
  }

  /** Read from a command line, as those of real ones are. */
  private static StandaloneOptions options(String... arguments) throws IOException {
    RunCommand run = new RunCommand();
    run.usage().ready().parseArgs(arguments);
    return run.options();
  }

  private static void serve(StandaloneOptions options, int port) throws IOException {
    Announcer announcer = new Announcer(new PrintWriter(Writer.nullWriter()));
    try (Standalone gateway = Standalone.start(options, announcer::changed)) {
      announcer.welcome(gateway);
      for (int i = 0; i < REQUESTS; i++) {
        request(port);
      }
      gateway.drain(Duration.ofSeconds(1));
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
      return socket.getLocalPort();
    }
  }

  /** Not the built-in echo: what it needs would be loaded at every start. */
  private static void accept(ServerSocket upstream) {
    try {
      while (true) {
        Socket connection = upstream.accept();
        Thread.ofVirtual().start(() -> answer(connection));
      }
    } catch (IOException closed) {
      // The rehearsal is over.
    }
  }

  private static void answer(Socket connection) {
    byte[] ok =
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);
    try (connection) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.isEmpty()) {
          connection.getOutputStream().write(ok);
        }
      }
    } catch (IOException closed) {
      // The rehearsal is over.
    }
  }

  private static void request(int port) throws IOException {
    try (Socket socket = new Socket(LOOPBACK, port)) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket
          .getOutputStream()
          .write(
              """
              GET /hello HTTP/1.1\r
              Host: a.example.com\r
              User-Agent: rehearsal\r
              Accept: */*\r
              Connection: close\r
              \r
              """
                  .getBytes(StandardCharsets.US_ASCII));
      try (InputStream response = socket.getInputStream()) {
        String text = new String(response.readAllBytes(), StandardCharsets.UTF_8);
        if (!text.startsWith("HTTP/1.1 200")) {
          throw new IOException("the rehearsal was answered: " + text);
        }
      }
    }
  }

  /** What a start reads most: both kinds of listeners, a certificate, routes, backends of both. */
  private static String configuration(int port, int securePort, int upstream) throws IOException {
    try (InputStream in = RehearseCommand.class.getResourceAsStream("rehearsal.yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .replace("@address@", LOOPBACK.getHostAddress())
          .replace("@port@", String.valueOf(port))
          .replace("@securePort@", String.valueOf(securePort))
          .replace("@upstream@", String.valueOf(upstream));
    }
  }
}
