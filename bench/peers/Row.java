import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The figures of one scenario. */
final class Row {
  private final Scenario scenario;
  private final Map<String, List<Measurement>> byPeer = new LinkedHashMap<>();

  Row(Scenario scenario) {
    this.scenario = scenario;
  }

  void add(String peer, Measurement measurement) {
    byPeer.computeIfAbsent(peer, name -> new ArrayList<>()).add(measurement);
  }

  String text() {
    StringBuilder text = new StringBuilder("\n" + scenario.name() + ": " + scenario.text() + "\n");
    text.append(
        line("", "CPU µs/req", "user µs", "× nginx", "req/s", "p50 ms", "p99 ms", "p99.9 ms", ""));
    double nginx = median("nginx", Measurement::cpuMicros);
    for (String peer : byPeer.keySet()) {
      double cpu = median(peer, Measurement::cpuMicros);
      text.append(
          line(
              peer,
              number(cpu, 1),
              number(median(peer, Measurement::userMicros), 1),
              number(cpu / nginx, 2),
              number(median(peer, m -> m.load().perSecond()), 0),
              number(median(peer, m -> m.load().p50()), 2),
              number(median(peer, m -> m.load().p99()), 2),
              number(median(peer, m -> m.load().p999()), 2),
              errors(peer)));
    }
    return text.toString();
  }

  private String errors(String peer) {
    return byPeer.get(peer).stream()
        .map(m -> m.load().errors())
        .filter(error -> !error.isEmpty())
        .distinct()
        .collect(Collectors.joining("; "));
  }

  /** Requests per second of a peer; NaN if it was not measured. */
  double perSecond(String peer) {
    return median(peer, m -> m.load().perSecond());
  }

  private double median(String peer, ToDoubleFunction<Measurement> figure) {
    double[] values =
        byPeer.getOrDefault(peer, List.of()).stream().mapToDouble(figure).sorted().toArray();
    if (values.length == 0) {
      return Double.NaN;
    }
    int half = values.length / 2;
    return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }

  private static String line(String... cells) {
    return String.format("  %-13s %11s %9s %9s %10s %8s %8s %9s  %s%n", (Object[]) cells);
  }

  private static String number(double value, int digits) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  static String json(List<Row> rows, Map<String, String> start) {
    StringBuilder json = new StringBuilder("{\n  \"scenarios\": [");
    String comma = "\n";
    for (Row row : rows) {
      for (Map.Entry<String, List<Measurement>> entry : row.byPeer.entrySet()) {
        for (Measurement m : entry.getValue()) {
          json.append(comma)
              .append(
                  "    {\"scenario\": \"%s\", \"peer\": \"%s\", \"cpuMicros\": %s, \"userMicros\": %s, \"perSecond\": %s, \"p50\": %s, \"p99\": %s, \"p999\": %s}"
                      .formatted(
                          row.scenario.name(),
                          entry.getKey(),
                          json(m.cpuMicros()),
                          json(m.userMicros()),
                          json(m.load().perSecond()),
                          json(m.load().p50()),
                          json(m.load().p99()),
                          json(m.load().p999())));
          comma = ",\n";
        }
      }
    }
    json.append("\n  ],\n  \"processes\": {");
    json.append(
        start.entrySet().stream()
            .map(e -> "\"%s\": \"%s\"".formatted(e.getKey(), e.getValue()))
            .collect(Collectors.joining(", ")));
    return json.append("}\n}\n").toString();
  }

  private static String json(double value) {
    return Double.isNaN(value) ? "null" : String.format(Locale.ROOT, "%.3f", value);
  }
}
