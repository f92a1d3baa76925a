import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * One kind of load.
 *
 * @param path what is asked of the origin
 * @param connections to the proxy at the same time; of HTTP/1.1 as fast as possible
 * @param rate requests per second at which latency is measured; 0 = as fast as possible
 */
record Scenario(String name, String text, Kind kind, String path, int connections, int rate) {
  private static final int CONNECTIONS = 64;

  private Scenario(String name, String text, Kind kind, String path, int rate) {
    this(name, text, kind, path, CONNECTIONS, rate);
  }

  /** The tool and the protocol. */
  enum Kind {
    H1,
    H1_POST,
    TLS,
    TLS_HANDSHAKE,
    H2C,
    H2_TLS
  }

  static final List<Scenario> ALL =
      List.of(
          new Scenario("h1-1k", "HTTP/1.1 keep-alive, 1 kB, 64 connections", Kind.H1, "/1k", 0),
          new Scenario("h1-10k", "HTTP/1.1 keep-alive, 10 kB", Kind.H1, "/10k", 0),
          new Scenario("h1-1m", "HTTP/1.1 keep-alive, 1 MB", Kind.H1, "/1m", 0),
          new Scenario("post-10k", "POST 10 kB, answer 1 kB", Kind.H1_POST, "/1k", 0),
          new Scenario("tls-1k", "TLS 1.3 keep-alive, 1 kB", Kind.TLS, "/1k", 0),
          new Scenario("tls-1m", "TLS 1.3 keep-alive, 1 MB", Kind.TLS, "/1m", 0),
          new Scenario("tls-new", "a TLS handshake a request", Kind.TLS_HANDSHAKE, "/1k", 0),
          new Scenario(
              "h2-1k", "HTTP/2 over TLS, 8 connections x 32 streams", Kind.H2_TLS, "/1k", 0),
          new Scenario("rate-1k", "HTTP/1.1, 1 kB at 4,000 requests/s", Kind.H1, "/1k", 4000));

  /** The latency of small requests at each of these rates. */
  static List<Scenario> atRates(List<Integer> rates) {
    return rates.stream()
        .map(rate ->
            new Scenario(
                "rate-" + rate,
                "HTTP/1.1, 1 kB at %,d requests/s".formatted(rate),
                Kind.H1,
                "/1k",
                rate))
        .toList();
  }

  /** The cost of small requests on so many connections. */
  static List<Scenario> onConnections(List<Integer> numbers) {
    return numbers.stream()
        .map(number ->
            new Scenario(
                "connections-" + number,
                "HTTP/1.1 keep-alive, 1 kB, %,d connections".formatted(number),
                Kind.H1,
                "/1k",
                number,
                0))
        .toList();
  }

  /** The latency of this load at so many requests per second. */
  Scenario atRate(String name, int requests) {
    return new Scenario(name, text, kind, path, connections, requests);
  }

  /** Whether it is driven as fast as possible and can be driven at a fixed rate as well. */
  boolean hasRate() {
    return kind != Kind.TLS_HANDSHAKE && rate == 0;
  }

  /** Drives the load for some seconds. */
  Load.Result load(Site site, Peer peer, int seconds, Path work)
      throws IOException, InterruptedException {
    return rate > 0
        ? Load.atRate(this, site, peer, seconds, work)
        : Load.saturate(this, site, peer, seconds, work);
  }
}
