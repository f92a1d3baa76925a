package dev.weir.endtoend;

import dev.weir.endtoend.Program.Running;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A dnsmasq that asks nobody else, on an address of its own; it answers on UDP and TCP. */
record Dnsmasq(InetSocketAddress address, Running running) implements AutoCloseable {
  /** Starts it; with {@code --log-queries} {@link Running#log} has a line for each question. */
  static Dnsmasq start(Path directory, int port, String... options)
      throws IOException, InterruptedException {
    String ip = Loopback.next();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--no-daemon",
                "--conf-file=/dev/null",
                "--no-resolv",
                "--no-hosts",
                "--pid-file",
                "--listen-address=" + ip,
                "--bind-interfaces",
                "--port=" + port,
                "--user="));
    arguments.addAll(List.of(options));
    Running running =
        Program.needed("dnsmasq")
            .start(directory.resolve("dnsmasq.log"), arguments.toArray(String[]::new));
    Dnsmasq started = new Dnsmasq(new InetSocketAddress(InetAddress.ofLiteral(ip), port), running);
    Eventually.holds(
        "dnsmasq listens; " + Files.readString(running.log()),
        () -> {
          Peer.connect(started.address).close();
          return true;
        });
    return started;
  }

  static String version() throws IOException, InterruptedException {
    return Program.needed("dnsmasq").run("--version").succeeded().lines().findFirst().orElse("");
  }

  @Override
  public void close() throws IOException {
    running.close();
  }
}
