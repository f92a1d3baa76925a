import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The latency at a fixed rate, first undisturbed and then with the configuration written and loaded
 * anew every second, each time with one host more or less.
 */
final class Churn {
  private static final Scenario LOAD = Scenario.atRates(List.of(2000)).getFirst();

  private Churn() {}

  /** Two lines of text. */
  static String of(Peer peer, Site site, int warmUp, int seconds, Path work) throws Exception {
    LOAD.load(site, peer, warmUp, work);
    Load.Result calm = LOAD.load(site, peer, seconds, work);
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Integer> reloads =
        CompletableFuture.supplyAsync(() -> reload(peer, site, over));
    Load.Result disturbed = LOAD.load(site, peer, seconds, work);
    over.set(true);
    int times = reloads.join();
    return line(peer, "undisturbed", calm) + line(peer, times + " reloads", disturbed);
  }

  private static int reload(Peer peer, Site site, AtomicBoolean over) {
    int times = 0;
    try {
      while (!over.get()) {
        times++;
        peer.reload(new Site(site.work(), site.hosts() + times % 2, site.edits()));
        TimeUnit.SECONDS.sleep(1);
      }
    } catch (IOException e) {
      System.err.println("reload of " + peer.name() + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return times;
  }

  private static String line(Peer peer, String what, Load.Result result) {
    return String.format(
        Locale.ROOT,
        "%-8s %-12s p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, %.0f requests/s; %s%n",
        peer.name(),
        what,
        result.p50(),
        result.p99(),
        result.p999(),
        result.perSecond(),
        result.errors().isEmpty() ? "no request failed" : result.errors());
  }
}
