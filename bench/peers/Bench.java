import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures gateways in turn, A B C A B C, in front of the same origin with the same routes, and
 * prints each figure as a ratio to nginx. The figure to trust on a shared machine is the CPU time
 * of the proxy for a request, from the kernel's accounting.
 */
public final class Bench {
  private static final String HELP =
      """
      Usage: bench/run [OPTION...]
        --only NAME,...      scenarios (default: all; see --list)
        --peers NAME,...     weir, nginx, haproxy, nginx-default, scg, relay, weir-state, other
                             (default: the first three; nginx, with buffers of 64 kB, is the measure;
                             nginx-default has those it comes with; scg is Spring Cloud Gateway,
                             plain HTTP only; relay is a program in C that only passes bytes on,
                             as little as a proxy can cost, plain HTTP only, without a log;
                             weir-state is a Weir with --state-dir; other is a second Weir, for
                             comparisons)
        --other-root DIR     checkout that the other Weir runs from (default: this one)
        --other-opts FLAGS   further flags of its JVM
        --rounds N           interleaved rounds that count (default 3)
        --seconds N          length of one measurement (default 5)
        --warm-up N          seconds of load before the first round (default 20 for Java, 2 for others)
        --hosts N            hosts configured, one route each (default 1000)
        --edits N            header edits on the route that is asked for (default 0)
        --rates N,...        instead of the scenarios: h1-1k at these rates (requests/s)
        --connections N,...  instead of the scenarios: h1-1k on so many connections
        --load N,...         also the latency of each scenario at these percentages of the
                             requests that nginx serves at most (one round each)
        --start              instead of the scenarios: start to the first answer, and memory
        --reload             instead of the scenarios: hosts added while requests run
        --churn              instead of the scenarios: latency at a fixed rate, first without and
                             then with the whole configuration reloaded every second
        --json FILE          also write the figures there
        --list               names of the scenarios
      Core 0 belongs to the proxy, the other cores to load generator and origin.
      """;

  private final Path root = Path.of(System.getProperty("bench.root"));
  private final Path work = Files.createTempDirectory("weir-bench");
  private List<String> only = List.of();
  private List<String> peers = List.of("weir", "nginx", "haproxy");
  private int rounds = 3;
  private int seconds = 5;
  private int warmUp = 20;
  private int hosts = 1000;
  private int edits;
  private boolean start;
  private boolean reload;
  private boolean churn;
  private List<Integer> loads = List.of();
  private List<Scenario> scenarios = Scenario.ALL;
  private Path json;
  private Path otherRoot = root;
  private String otherOpts = "";

  private Bench() throws IOException {}

  public static void main(String[] args) throws Exception {
    Bench bench = new Bench();
    if (bench.parse(args)) {
      bench.run();
    }
  }

  private boolean parse(String[] args) {
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--only" -> only = Arrays.asList(args[++i].split(","));
        case "--peers" -> peers = Arrays.asList(args[++i].split(","));
        case "--rounds" -> rounds = Integer.parseInt(args[++i]);
        case "--seconds" -> seconds = Integer.parseInt(args[++i]);
        case "--warm-up" -> warmUp = Integer.parseInt(args[++i]);
        case "--hosts" -> hosts = Integer.parseInt(args[++i]);
        case "--other-root" -> otherRoot = Path.of(args[++i]).toAbsolutePath();
        case "--other-opts" -> otherOpts = args[++i];
        case "--start" -> start = true;
        case "--reload" -> reload = true;
        case "--churn" -> churn = true;
        case "--load" -> loads = numbers(args[++i]);
        case "--edits" -> edits = Integer.parseInt(args[++i]);
        case "--rates" -> scenarios = Scenario.atRates(numbers(args[++i]));
        case "--connections" -> scenarios = Scenario.onConnections(numbers(args[++i]));
        case "--json" -> json = Path.of(args[++i]);
        case "--list" -> {
          for (Scenario scenario : Scenario.ALL) {
            System.out.printf("%-14s %s%n", scenario.name(), scenario.text());
          }
          return false;
        }
        default -> {
          System.out.print(HELP);
          return false;
        }
      }
    }
    if (!loads.isEmpty() && !peers.contains("nginx")) {
      System.err.println("--load is in parts of what nginx serves: add it to --peers");
      return false;
    }
    return true;
  }

  private static List<Integer> numbers(String list) {
    return Arrays.stream(list.split(",")).map(Integer::valueOf).toList();
  }

  private void run() throws Exception {
    Site site = new Site(work, hosts, edits);
    site.write();
    Map<String, Peer> running = new LinkedHashMap<>();
    try (Origin origin = Origin.start(work)) {
      if (start) {
        System.out.print(Starts.of(peers, this::start, site, rounds));
        return;
      }
      try {
        for (String name : peers) {
          Peer peer = start(name, site);
          running.put(name, peer);
          System.err.printf(
              "%-13s first request after %d ms, %.0f MB%n",
              name, peer.startMillis(), peer.memoryMegabytes());
        }
        if (reload) {
          for (Peer peer : running.values()) {
            System.out.println(Reload.of(peer, site, work));
          }
        } else if (churn) {
          for (Peer peer : running.values()) {
            System.out.print(Churn.of(peer, site, peer.isJava() ? warmUp : 2, seconds, work));
          }
        } else {
          measure(running, site);
        }
      } finally {
        running.values().forEach(Peer::close);
      }
    }
  }

  private Peer start(String name, Site site) throws IOException, InterruptedException {
    return name.equals("other")
        ? Peer.start(name, otherRoot, otherOpts, site)
        : Peer.start(name, root, "", site);
  }

  /** Latency at a part of what nginx serves at most. */
  private Row atLoad(int percent, Scenario scenario, Row most, List<Peer> peers, Site site)
      throws Exception {
    int rate = (int) Math.max(1, most.perSecond("nginx") * percent / 100);
    Scenario fixed = scenario.atRate(scenario.name() + "@" + percent, rate);
    Row row = new Row(fixed);
    for (Peer peer : peers) {
      // Spring Cloud Gateway does not get this far: its queues would only grow.
      if (!peer.name().equals("scg")) {
        row.add(peer.name(), Measurement.of(fixed, site, peer, seconds, work));
      }
    }
    System.out.print(row.text());
    return row;
  }

  private void measure(Map<String, Peer> running, Site site) throws Exception {
    List<Row> rows = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      if (!only.isEmpty() && !only.contains(scenario.name())) {
        continue;
      }
      Row row = new Row(scenario);
      List<Peer> serving = running.values().stream().filter(peer -> peer.serves(scenario)).toList();
      for (Peer peer : serving) {
        scenario.load(site, peer, peer.isJava() ? warmUp : 2, work);
      }
      for (int round = 0; round < rounds; round++) {
        for (Peer peer : serving) {
          row.add(peer.name(), Measurement.of(scenario, site, peer, seconds, work));
        }
        System.err.printf("%-14s round %d of %d%n", scenario.name(), round + 1, rounds);
      }
      rows.add(row);
      System.out.print(row.text());
      if (scenario.hasRate()) {
        for (int percent : loads) {
          rows.add(atLoad(percent, scenario, row, serving, site));
        }
      }
    }
    Map<String, String> start = new LinkedHashMap<>();
    for (Peer peer : running.values()) {
      start.put(
          peer.name(),
          "start %d ms, memory after start %.0f MB, after load %.0f MB"
              .formatted(peer.startMillis(), peer.memoryAtStart(), peer.memoryMegabytes()));
    }
    start.forEach((name, text) -> System.out.printf("%-13s %s%n", name, text));
    if (json != null) {
      Files.writeString(json, Row.json(rows, start));
    }
  }
}
