package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Metrics in Prometheus' text format 0.0.4, read strictly: what the format does not allow fails.
 *
 * @param types by metric, as {@code TYPE} lines say
 * @param samples their values, by name and labels as {@code name{a="b",c="d"}} in the order of the
 *     labels' names
 */
record Exposition(Map<String, String> types, Map<String, Double> samples) {
  private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
  private static final Pattern COMMENT =
      Pattern.compile("# (HELP|TYPE) (" + NAME + ") ((?:[^\\\\\n]|\\\\\\\\|\\\\n)*)");
  private static final Pattern SAMPLE =
      Pattern.compile("(" + NAME + ")(?:\\{(.*)})? (\\S+)(?: [0-9-]+)?");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\[\\\\\"n])*)\"(?:,|$)");
  private static final Set<String> TYPES =
      Set.of("counter", "gauge", "histogram", "summary", "untyped");

  static Exposition of(String text) {
    Exposition read = new Exposition(new LinkedHashMap<>(), new LinkedHashMap<>());
    Set<String> helped = new HashSet<>();
    if (text.isEmpty()) {
      return read;
    }
    assertThat(text).endsWith("\n");
    String metric = "";
    for (String line : text.split("\n")) {
      if (line.startsWith("#")) {
        Matcher comment = COMMENT.matcher(line);
        assertThat(comment.matches()).as(line).isTrue();
        metric = comment.group(2);
        if (comment.group(1).equals("HELP")) {
          assertThat(helped.add(metric)).as("second %s", line).isTrue();
        } else {
          assertThat(TYPES).contains(comment.group(3));
          assertThat(read.types.put(metric, comment.group(3))).as("second %s", line).isNull();
        }
      } else {
        read.sample(line, metric);
      }
    }
    assertThat(read.types.keySet()).isEqualTo(helped);
    read.histogramsAreWhole();
    return read;
  }

  private void sample(String line, String metric) {
    Matcher sample = SAMPLE.matcher(line);
    assertThat(sample.matches()).as(line).isTrue();
    String type = types.get(metric);
    assertThat(type).as("TYPE before %s", line).isNotNull();
    // Samples stand together, under the comments of their metric.
    assertThat(sample.group(1))
        .isIn(
            "histogram".equals(type)
                ? List.of(metric + "_bucket", metric + "_sum", metric + "_count")
                : List.of(metric));
    String value = sample.group(3);
    double number = value.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(value);
    if (!"gauge".equals(type)) {
      assertThat(number).as(line).isNotNegative();
    }
    String labels = sample.group(2) == null ? "" : labels(sample.group(2));
    assertThat(samples.put(sample.group(1) + labels, number)).as("second %s", line).isNull();
  }

  private static String labels(String text) {
    Map<String, String> labels = new TreeMap<>();
    Matcher label = LABEL.matcher(text);
    int end = 0;
    while (end < text.length()) {
      assertThat(label.find(end) && label.start() == end).as("labels %s", text).isTrue();
      assertThat(labels.put(label.group(1), label.group(2))).as("labels %s", text).isNull();
      end = label.end();
    }
    List<String> parts = new ArrayList<>();
    labels.forEach((name, value) -> parts.add(name + "=\"" + value + "\""));
    return "{" + String.join(",", parts) + "}";
  }

  private void histogramsAreWhole() {
    Map<String, Double> last = new LinkedHashMap<>();
    samples.forEach((sample, value) -> {
      int bucket = sample.indexOf("_bucket{");
      if (bucket > 0) {
        String series =
            sample.replaceFirst("_bucket\\{", "_count{").replaceFirst(",?le=\"[^\"]*\"", "");
        assertThat(value).as(sample).isGreaterThanOrEqualTo(last.getOrDefault(series, 0.0));
        last.put(series, value);
      }
    });
    last.forEach((series, value) ->
        assertThat(samples.get(series.replace("{,", "{"))).as(series).isEqualTo(value));
  }

  /** A value; 0 if the series is not there. */
  double value(String series) {
    return samples.getOrDefault(series, 0.0);
  }
}
