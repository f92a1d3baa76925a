import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Adds a host to the configuration while requests run, several times: how long until it is served,
 * and what it costs those who are connected.
 */
final class Reload {
  private static final int TIMES = 4;
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final Scenario LOAD = Scenario.atRates(List.of(1000)).getFirst();
  private static final int LOAD_SECONDS = 30;

  private Reload() {}

  /** One line of text. */
  static String of(Peer peer, Site site, Path work) throws Exception {
    List<Long> millis = new ArrayList<>();
    CompletableFuture<Load.Result> load =
        CompletableFuture.supplyAsync(() -> {
          try {
            return LOAD.load(site, peer, LOAD_SECONDS, work);
          } catch (IOException | InterruptedException e) {
            throw new CompletionException(e);
          }
        });
    int idleCut = 0;
    Site now = site;
    for (int i = 0; i < TIMES; i++) {
      TimeUnit.SECONDS.sleep(2);
      try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), peer.httpPort())) {
        if (!answers(idle, site.host(0))) {
          throw new IOException(peer.name() + " does not answer");
        }
        now = new Site(site.work(), now.hosts() + 1, site.edits());
        long begin = System.nanoTime();
        peer.reload(now);
        awaitHost(peer, now.host(now.hosts() - 1), begin);
        millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
        idleCut += answers(idle, site.host(0)) ? 0 : 1;
      }
    }
    Load.Result result = load.join();
    return "%-8s new host served after %s ms; idle connections cut: %d of %d; p99.9 of the requests meanwhile %.1f ms; %s"
        .formatted(
            peer.name(),
            millis.stream().map(String::valueOf).collect(Collectors.joining(", ")),
            idleCut,
            TIMES,
            result.p999(),
            result.errors().isEmpty() ? "no request failed" : result.errors());
  }

  private static void awaitHost(Peer peer, String host, long begin) throws Exception {
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), peer.httpPort())) {
        if (answers(socket, host)) {
          return;
        }
      } catch (IOException notYet) {
        // Asked again below.
      }
      if (System.nanoTime() - begin > LIMIT_NANOS) {
        throw new IOException(peer.name() + " does not serve " + host);
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  private static boolean answers(Socket socket, String host) {
    try {
      socket.setSoTimeout(5000);
      socket
          .getOutputStream()
          .write(
              ("GET /1k HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      String status = new String(in.readNBytes(12), StandardCharsets.US_ASCII);
      in.skipNBytes(in.available());
      return status.endsWith(" 200");
    } catch (IOException cut) {
      return false;
    }
  }
}
