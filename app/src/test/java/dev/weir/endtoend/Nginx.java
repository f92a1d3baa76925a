package dev.weir.endtoend;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** An nginx in the foreground, on an address of its own. */
final class Nginx implements AutoCloseable {
  private final String ip;
  private final Path directory;
  private final Program.Running running;

  private Nginx(String ip, Path directory, Program.Running running) {
    this.ip = ip;
    this.directory = directory;
    this.running = running;
  }

  /**
   * Starts it.
   *
   * @param directory for its files, with a document root {@code www} in it
   * @param servers content of {@code http}; {@code %IP%} and {@code %DIR%} are filled in
   */
  static Nginx start(Path directory, int port, String servers)
      throws IOException, InterruptedException {
    Program nginx = Program.needed("nginx");
    String ip = Loopback.next();
    Files.createDirectories(directory.resolve("www"));
    Files.createDirectories(directory.resolve("tmp"));
    Path config =
        Files.writeString(
            directory.resolve("nginx.conf"),
            """
            daemon off;
            master_process off;
            pid %DIR%/nginx.pid;
            error_log stderr warn;
            events { worker_connections 512; }
            http {
              access_log %DIR%/access.log;
              client_body_temp_path %DIR%/tmp/body;
              proxy_temp_path %DIR%/tmp/proxy;
              fastcgi_temp_path %DIR%/tmp/fastcgi;
              uwsgi_temp_path %DIR%/tmp/uwsgi;
              scgi_temp_path %DIR%/tmp/scgi;
              default_type text/plain;
              client_max_body_size 64m;
              %SERVERS%
            }
            """
                .replace("%SERVERS%", servers)
                .replace("%DIR%", directory.toString())
                .replace("%IP%", ip));
    Program.Running running =
        nginx.start(
            directory.resolve("nginx.log"),
            "-p",
            directory.toString(),
            "-e",
            "stderr",
            "-c",
            config.toString());
    Nginx started = new Nginx(ip, directory, running);
    Eventually.holds(
        "nginx listens; " + Files.readString(running.log()), () -> started.listensOn(port));
    return started;
  }

  private boolean listensOn(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(address(port));
      return true;
    }
  }

  InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
  }

  /** Writes a file below the document root. */
  void put(String name, byte[] content) throws IOException {
    Files.write(directory.resolve("www").resolve(name), content);
  }

  /** The lines of its access log. */
  String accessLog() throws IOException {
    return Files.readString(directory.resolve("access.log"));
  }

  static String version() throws IOException, InterruptedException {
    return Program.needed("nginx").run("-v").errors().strip();
  }

  @Override
  public void close() throws IOException {
    running.close();
  }
}
