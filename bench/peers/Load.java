import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Drives wrk and h2load and reads what they print. */
final class Load {
  /**
   * At a fixed rate the first second does not count: all connections are opened in it at once, and
   * they alone would be the slowest thousandth of what follows.
   */
  private static final int OPENING_SECONDS = 1;

  private static final Pattern WRK_REQUESTS = Pattern.compile("(\\d+) requests in ");
  private static final Pattern WRK_RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
  private static final Pattern WRK_P99 = Pattern.compile("99%\\s+([\\d.]+)(us|ms|s)\\b");
  private static final Pattern WRK_ERRORS =
      Pattern.compile("(Non-2xx or 3xx responses: \\d+|Socket errors: .*)");
  private static final Pattern H2_REQUESTS = Pattern.compile("(\\d+) succeeded, (\\d+) failed");
  private static final Pattern H2_RATE = Pattern.compile("finished in .*?, ([\\d.]+) req/s");

  private Load() {}

  /**
   * What a load did.
   *
   * @param errors what went wrong, empty if nothing
   */
  record Result(
      long requests, double perSecond, double p50, double p99, double p999, String errors) {}

  static Result saturate(Scenario scenario, Site site, Peer peer, int seconds, Path work)
      throws IOException, InterruptedException {
    String host = site.host(site.asked());
    return switch (scenario.kind()) {
      case H1 ->
          wrk(
              List.of("-c" + scenario.connections()),
              "http",
              host,
              peer.httpPort(),
              scenario,
              seconds);
      case H1_POST ->
          wrk(
              List.of("-c64", "-s", site.postScript().toString()),
              "http",
              host,
              peer.httpPort(),
              scenario,
              seconds);
      case TLS -> wrk(List.of("-c64"), "https", host, peer.httpsPort(), scenario, seconds);
      case TLS_HANDSHAKE ->
          wrk(
              List.of("-c16", "-H", "Connection: close"),
              "https",
              host,
              peer.httpsPort(),
              scenario,
              seconds);
      case H2_TLS ->
          h2load(
              List.of("-c8", "-m32"),
              "https://" + host + ":" + peer.httpsPort() + scenario.path(),
              "127.0.0.1:" + peer.httpsPort(),
              seconds,
              work,
              false);
      case H2C ->
          h2load(
              List.of("-c8", "-m32"),
              "http://" + host + ":" + peer.httpPort() + scenario.path(),
              "127.0.0.1:" + peer.httpPort(),
              seconds,
              work,
              false);
    };
  }

  static Result atRate(Scenario scenario, Site site, Peer peer, int seconds, Path work)
      throws IOException, InterruptedException {
    Scenario.Kind kind = scenario.kind();
    boolean http2 = kind == Scenario.Kind.H2_TLS || kind == Scenario.Kind.H2C;
    boolean secure = kind == Scenario.Kind.H2_TLS || kind == Scenario.Kind.TLS;
    int clients = http2 ? 8 : 32;
    List<String> options =
        new ArrayList<>(
            List.of(
                "-c" + clients,
                "--rps=" + String.format(Locale.ROOT, "%.2f", (double) scenario.rate() / clients)));
    if (http2) {
      options.add("-m32");
    } else {
      options.add("--h1");
    }
    if (kind == Scenario.Kind.H1_POST) {
      options.add("--data=" + site.postBody());
    }
    int port = secure ? peer.httpsPort() : peer.httpPort();
    return h2load(
        options,
        (secure ? "https://" : "http://") + site.host(site.asked()) + ":" + port + scenario.path(),
        "127.0.0.1:" + port,
        seconds,
        work,
        true);
  }

  private static Result wrk(
      List<String> options, String scheme, String host, int port, Scenario scenario, int seconds)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(Pinned.LOAD);
    command.addAll(List.of("wrk", "-t1", "--latency", "-d" + seconds + "s", "-H", "Host: " + host));
    command.addAll(options);
    command.add(scheme + "://127.0.0.1:" + port + scenario.path());
    String out = Command.output(command);
    Matcher p99 = WRK_P99.matcher(out);
    double p99Millis =
        p99.find()
            ? Double.parseDouble(p99.group(1))
                * switch (p99.group(2)) {
                  case "us" -> 0.001;
                  case "ms" -> 1;
                  default -> 1000;
                }
            : Double.NaN;
    Matcher errors = WRK_ERRORS.matcher(out);
    return new Result(
        (long) number(WRK_REQUESTS, out),
        number(WRK_RATE, out),
        Double.NaN,
        p99Millis,
        Double.NaN,
        errors.find() ? errors.group(1) : "");
  }

  private static Result h2load(
      List<String> options, String uri, String connectTo, int seconds, Path work, boolean latency)
      throws IOException, InterruptedException {
    Path log = work.resolve("h2load.log");
    Files.deleteIfExists(log);
    List<String> command = new ArrayList<>(Pinned.LOAD);
    int duration = latency ? seconds + OPENING_SECONDS : seconds;
    command.addAll(List.of("h2load", "-t1", "-D" + duration, "--connect-to=" + connectTo));
    command.addAll(options);
    if (latency) {
      command.add("--log-file=" + log);
    }
    command.add(uri);
    String out = Command.output(command);
    Matcher counts = H2_REQUESTS.matcher(out);
    if (!counts.find()) {
      throw new IOException("h2load said:\n" + out);
    }
    double[] millis = latency ? millis(log) : new double[0];
    return new Result(
        Long.parseLong(counts.group(1)),
        number(H2_RATE, out),
        percentile(millis, 0.5),
        percentile(millis, 0.99),
        percentile(millis, 0.999),
        counts.group(2).equals("0") ? "" : counts.group(2) + " failed");
  }

  /** How long each request took, of those that began when the connections were open. */
  private static double[] millis(Path log) throws IOException {
    List<long[]> requests =
        Files.readAllLines(log).stream()
            .map(line -> line.split("\t"))
            .map(cells -> new long[] {Long.parseLong(cells[0]), Long.parseLong(cells[2])})
            .toList();
    long begin = requests.stream().mapToLong(request -> request[0]).min().orElse(0);
    long open = begin + TimeUnit.SECONDS.toMicros(OPENING_SECONDS);
    return requests.stream()
        .filter(request -> request[0] >= open)
        .mapToDouble(request -> request[1] / 1000.0)
        .sorted()
        .toArray();
  }

  private static double percentile(double[] sorted, double part) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[Math.min(sorted.length - 1, (int) (sorted.length * part))];
  }

  private static double number(Pattern pattern, String text) throws IOException {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IOException("no " + pattern + " in:\n" + text);
    }
    return Double.parseDouble(matcher.group(1));
  }
}
