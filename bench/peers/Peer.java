import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A gateway under test: one process (with children) on core 0. */
final class Peer implements AutoCloseable {
  private static final long START_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final String name;
  private final Path root;
  private final int httpPort;
  private final Process process;
  private final long startMillis;
  private final double memoryAtStart;

  private Peer(String name, Path root, int httpPort, Process process, long startMillis)
      throws IOException {
    this.name = name;
    this.root = root;
    this.httpPort = httpPort;
    this.process = process;
    this.startMillis = startMillis;
    this.memoryAtStart = memoryMegabytes();
  }

  /**
   * Starts a peer and waits for its first answer.
   *
   * @param root checkout of a Weir
   * @param flags of a Weir's JVM, beside those of the environment
   */
  static Peer start(String name, Path root, String flags, Site site)
      throws IOException, InterruptedException {
    Path dir = Files.createDirectories(site.work().resolve(name));
    int port =
        switch (name) {
          case "weir" -> 19100;
          case "nginx" -> 19200;
          case "haproxy" -> 19300;
          case "other" -> 19400;
          case "scg" -> 19500;
          case "nginx-default" -> 19600;
          case "relay" -> 19700;
          case "weir-state" -> 19800;
          default -> throw new IllegalArgumentException("no peer is called " + name);
        };
    List<String> command = new ArrayList<>(Pinned.PROXY);
    command.addAll(write(name, dir, root, site, port));
    long start = System.nanoTime();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(dir.resolve("out.log").toFile())
            .redirectError(dir.resolve("err.log").toFile());
    Map<String, String> environment = builder.environment();
    environment.merge("WEIR_JAVA_OPTS", flags, (given, more) -> given + " " + more);
    Process process = builder.start();
    awaitAnswer(port, name, process, site.host(0));
    return new Peer(
        name, root, port, process, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
  }

  /** Writes the configuration for {@code site}; returns the command that starts the peer. */
  private static List<String> write(String name, Path dir, Path root, Site site, int port)
      throws IOException, InterruptedException {
    return switch (name) {
      case "nginx" -> NginxConfig.write(dir, site, port, true);
      case "nginx-default" -> NginxConfig.write(dir, site, port, false);
      case "haproxy" -> HaproxyConfig.write(dir, site, port);
      case "scg" -> ScgConfig.write(root, site, port);
      case "relay" -> RelayConfig.write(dir, root, port);
      case "weir-state" -> WeirConfig.write(dir, root, site, port, true);
      default -> WeirConfig.write(dir, root, site, port, false);
    };
  }

  /** Has the peer take over the configuration for {@code site}, in the way its manual tells. */
  void reload(Site site) throws IOException, InterruptedException {
    write(name, site.work().resolve(name), root, site, httpPort);
    switch (name) {
      case "nginx", "nginx-default" -> signal("HUP");
      case "haproxy" -> signal("USR2");
      case "scg", "relay" -> throw new IOException(name + " has no reload in this set-up");
      default -> {} // sees it by itself
    }
  }

  private void signal(String signal) throws IOException, InterruptedException {
    Command.output(List.of("kill", "-" + signal, String.valueOf(process.pid())));
  }

  String name() {
    return name;
  }

  boolean isWeir() {
    return name.equals("weir") || name.equals("weir-state") || name.equals("other");
  }

  boolean isJava() {
    return isWeir() || name.equals("scg");
  }

  /** Whether it was set up for this kind of load. */
  boolean serves(Scenario scenario) {
    return !(name.equals("scg") || name.equals("relay"))
        || switch (scenario.kind()) {
          case H1, H1_POST -> true;
          case TLS, TLS_HANDSHAKE, H2C, H2_TLS -> false;
        };
  }

  int httpPort() {
    return httpPort;
  }

  int httpsPort() {
    return httpPort + 1;
  }

  ProcessHandle process() {
    return process.toHandle();
  }

  long startMillis() {
    return startMillis;
  }

  double memoryAtStart() {
    return memoryAtStart;
  }

  /** Memory of all processes together, shared pages counted in parts (PSS). */
  double memoryMegabytes() throws IOException {
    double kilobytes = pss(process.pid());
    for (ProcessHandle child : process.toHandle().descendants().toList()) {
      kilobytes += pss(child.pid());
    }
    return kilobytes / 1024;
  }

  private static double pss(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
      if (line.startsWith("Pss:")) {
        return Double.parseDouble(line.replaceAll("\\D+", ""));
      }
    }
    return 0;
  }

  static void awaitAnswer(int port, String name, Process process)
      throws IOException, InterruptedException {
    awaitAnswer(port, name, process, "localhost");
  }

  private static void awaitAnswer(int port, String name, Process process, String host)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START_LIMIT_NANOS;
    while (true) {
      boolean answered = answers(port, host);
      if (!process.isAlive()) {
        // Also when somebody answers: then it is another program on this port.
        throw new IOException(name + " ended with " + process.exitValue());
      }
      if (answered) {
        return;
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(name + " does not answer on port " + port);
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  private static boolean answers(int port, String host) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(5000);
      socket
          .getOutputStream()
          .write(
              ("GET /1k HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      return new String(in.readNBytes(12), StandardCharsets.US_ASCII).endsWith(" 200");
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
