import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * From the start of each peer to its first answer, and its memory when it has been still for a
 * while; one after the other, medians of several rounds. The first round does not count: in it the
 * files are read from disk, and nothing is there of a start before.
 */
final class Starts {
  private static final int STILL_MILLIS = 5000;

  /** How a peer is started. */
  @FunctionalInterface
  interface Starter {
    Peer start(String name, Site site) throws IOException, InterruptedException;
  }

  private Starts() {}

  static String of(List<String> names, Starter starter, Site site, int rounds)
      throws IOException, InterruptedException {
    Map<String, List<Double>> millis = new LinkedHashMap<>();
    Map<String, List<Double>> megabytes = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      for (String name : names) {
        try (Peer peer = starter.start(name, site)) {
          Thread.sleep(STILL_MILLIS);
          if (round > 0) {
            millis.computeIfAbsent(name, any -> new ArrayList<>()).add((double) peer.startMillis());
            megabytes.computeIfAbsent(name, any -> new ArrayList<>()).add(peer.memoryMegabytes());
          }
        }
      }
      System.err.printf("start          round %d of %d%n", round, rounds);
    }
    StringBuilder text = new StringBuilder();
    millis.forEach((name, all) ->
        text.append(
            "%-13s %5.0f ms (%.0f to %.0f), memory after %d s %.0f MB%n"
                .formatted(
                    name,
                    median(all),
                    all.getFirst(),
                    all.getLast(),
                    STILL_MILLIS / 1000,
                    median(megabytes.get(name)))));
    return text.toString();
  }

  /** Sorts the list. */
  private static double median(List<Double> all) {
    all.sort(null);
    return all.get(all.size() / 2);
  }
}
