import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A relay in C that knows nothing of HTTP: what is left to the kernel whatever a proxy does. */
final class RelayConfig {
  private RelayConfig() {}

  static List<String> write(Path dir, Path root, int port)
      throws IOException, InterruptedException {
    String program = dir.resolve("relay").toString();
    Command.output(
        List.of("cc", "-O2", "-o", program, root.resolve("bench/peers/relay/relay.c").toString()));
    return List.of(program, String.valueOf(port), String.valueOf(Origin.PORT));
  }
}
