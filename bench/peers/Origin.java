import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The backend that all peers forward to: nginx with three files. */
final class Origin implements AutoCloseable {
  static final int PORT = 19000;

  private final Process process;

  private Origin(Process process) {
    this.process = process;
  }

  static Origin start(Path work) throws IOException, InterruptedException {
    Path files = Files.createDirectories(work.resolve("origin"));
    Files.writeString(files.resolve("1k"), "x".repeat(1024));
    Files.writeString(files.resolve("10k"), "x".repeat(10 * 1024));
    Files.writeString(files.resolve("1m"), "x".repeat(1024 * 1024));
    // Owned by root in a directory only root can enter otherwise.
    Command.output(List.of("chmod", "-R", "a+rX", work.toString()));
    Path config = work.resolve("origin.conf");
    Files.writeString(
        config,
        """
        worker_processes 1;
        daemon off;
        pid %1$s/origin.pid;
        error_log %1$s/origin.error;
        events { worker_connections 19000; }
        http {
          access_log off;
          keepalive_requests 1000000000;
          sendfile on;
          tcp_nopush on;
          open_file_cache max=16;
          client_body_buffer_size 1m;
          server {
            listen 127.0.0.1:%2$d backlog=4096;
            root %1$s/origin;
            # A POST is answered as a GET: the body is read and dropped.
            error_page 405 =200 $uri;
          }
        }
        """
            .formatted(work, PORT));
    List<String> command = new ArrayList<>(Pinned.LOAD);
    command.addAll(List.of("nginx", "-p", work.toString(), "-c", config.toString()));
    Process process = new ProcessBuilder(command).inheritIO().start();
    Peer.awaitAnswer(PORT, "origin", process);
    return new Origin(process);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
