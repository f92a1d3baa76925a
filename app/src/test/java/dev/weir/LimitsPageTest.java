package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * docs/limits.md against the code. A row of it names constants: a static field as {@code
 * Class.FIELD}, or a component of a record's {@code DEFAULTS} as {@code Class.component}. Their
 * values are the numbers in the row; {@code none} is 0.
 */
class LimitsPageTest {
  private static final Pattern CONSTANT = Pattern.compile("`([A-Z][A-Za-z0-9]*)\\.([A-Za-z_]+)`");
  private static final Pattern QUANTITY =
      Pattern.compile("(?<![\\w./])([0-9][0-9,]*(?:\\.[0-9]+)?)(?: (kB|MB|ms|s|h)\\b)?");
  private static final Pattern LIMIT =
      Pattern.compile(
          "(MAX|MOST|LONGEST|LARGEST|SHORTEST|DEFAULT)_.*|.*_(NANOS|MILLIS|SECONDS|WATER|WATERMARK"
              + "|WINDOW)|TIMEOUT");
  private static final List<String> DEFAULTS =
      List.of(
          "dev.weir.proxy.plan.HttpOptions",
          "dev.weir.proxy.plan.ClusterPlan$Limits",
          "dev.weir.proxy.upstream.UpstreamOptions");

  /** Constants that look like limits and bound nothing that comes from outside. */
  private static final Map<String, String> NO_LIMITS = new HashMap<>();

  static {
    String xds = "what Envoy's documentation says of a field that is not set; Weir sets it";
    NO_LIMITS.put("ActionCompiler.ENVOY_DEFAULT_TIMEOUT_NANOS", xds);
    NO_LIMITS.put("ExternalAuthCompiler.DEFAULT_NANOS", xds);
    NO_LIMITS.put("ExternalAuthCompiler.DEFAULT_STATUS", xds);
    String format = "the format has no room for more";
    NO_LIMITS.put("Authority.MAX_PORT", format);
    NO_LIMITS.put("ChunkDecoder.MAX_DIGITS", format);
    NO_LIMITS.put("CorsTranslation.MOST_PORT", format);
    NO_LIMITS.put("GrpcAuthorization.MOST_MILLIS", format);
    NO_LIMITS.put("SessionsCompiler.LONGEST_MILLIS", format);
    String api = "a rule of the API; docs/validation.md and docs/status.md have those";
    NO_LIMITS.put("AdmissionReview.LONGEST_WARNING", api);
    NO_LIMITS.put("CidrRange.LONGEST_POOL_PREFIX", api);
    NO_LIMITS.put("CidrRange.SHORTEST_POOL_PREFIX", api);
    NO_LIMITS.put("Names.LONGEST_DOMAIN", api);
    NO_LIMITS.put("EventWriter.LONGEST_NOTE", api);
    NO_LIMITS.put("EventWriter.LONGEST_PREFIX", api);
    NO_LIMITS.put("EventWriter.LONGEST_REASON", api);
    NO_LIMITS.put("ObjectDecoder.LONGEST_LABEL", api);
    NO_LIMITS.put("PolicyReports.MOST_ANCESTORS", api);
    NO_LIMITS.put("RetryTranslator.SHORTEST_BACK_OFF", api);
    String controller = "docs/controller.md tells it";
    NO_LIMITS.put("StatusWriter.LONGEST_PAUSE", controller);
    NO_LIMITS.put("Watching.RESTART_SECONDS", controller);
    String deployed = "docs/gateway-parameters.md tells it, where the pods are";
    NO_LIMITS.put("GatewayObjects.DEFAULT_REPLICAS", deployed);
    NO_LIMITS.put("PodTemplate.DRAIN_SECONDS", deployed);
    NO_LIMITS.put("PodTemplate.PRE_STOP_SECONDS", deployed);
    NO_LIMITS.put("PodTemplate.SLACK_SECONDS", deployed);
    NO_LIMITS.put("PodTemplate.TOKEN_SECONDS", deployed);
    String pace = "how often, or how finely, Weir itself looks";
    NO_LIMITS.put("AccessLog.BUSY_PAUSE_MILLIS", pace);
    NO_LIMITS.put("AccessLog.IDLE_PAUSE_MILLIS", pace);
    NO_LIMITS.put("Deadlines.LONG_TICK_MILLIS", pace);
    NO_LIMITS.put("Deadlines.SHORT_NANOS", pace);
    NO_LIMITS.put("Deadlines.SHORT_TICK_MILLIS", pace);
    NO_LIMITS.put("AdsSource.SAVE_MILLIS", pace);
    NO_LIMITS.put("LastRun.SAVE_MILLIS", pace);
    NO_LIMITS.put("IssuedCredentials.SHORTEST_LIFE_SECONDS", pace);
    NO_LIMITS.put("Watcher.EMPTY_MILLIS", pace);
    NO_LIMITS.put("Watcher.QUIET_MILLIS", pace);
    NO_LIMITS.put("Watcher.WAIT_MILLIS", pace);
    String memory = "how memory is used, not how much";
    NO_LIMITS.put("Exchanges.MOST_IDLE", memory);
    NO_LIMITS.put("ClusterState.MOST_SESSION_INDEXES", memory);
    NO_LIMITS.put("SlidingCount.MOST_LATE", memory);
    NO_LIMITS.put("SocketOptions.LARGEST_READ", memory);
    String page = "docs/http.md tells it, where HTTP/2 connections end";
    NO_LIMITS.put("GracefulClose.PING_NANOS", page);
    NO_LIMITS.put("Http2UpstreamConnection.ERROR_CLOSE_MILLIS", page);
    NO_LIMITS.put("Http3DownstreamConnection.LINGER_NANOS", page);
    NO_LIMITS.put("LingeringClose.LINGER_NANOS", page);
    NO_LIMITS.put("SendQueue.LOW_WATERMARK", page);
    NO_LIMITS.put("RequestMetrics.MAX_SERIES", "docs/running.md tells it, where the metrics are");
  }

  private static final Map<String, Set<Long>> CONSTANTS = new TreeMap<>();

  /** One row: its quantities are nanoseconds, bytes or plain numbers. */
  private record Row(String text, List<String> constants, Set<Long> all, Set<Long> ofDefault) {}

  @BeforeAll
  static void read() throws ReflectiveOperationException {
    for (JavaClass each :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(
                "dev.weir.core",
                "dev.weir.features",
                "dev.weir.controlplane",
                "dev.weir.proxy",
                "dev.weir.standalone")) {
      for (var field : each.getFields()) {
        if (field.getModifiers().contains(JavaModifier.STATIC)) {
          constant(each.reflect().getDeclaredField(field.getName()));
        }
      }
    }
    for (String record : DEFAULTS) {
      Class<?> type = Class.forName(record);
      Object defaults = type.getField("DEFAULTS").get(null);
      for (RecordComponent component : type.getRecordComponents()) {
        if (component.getType().isPrimitive() && component.getType() != boolean.class) {
          put(type, component.getName(), ((Number) component.getAccessor().invoke(defaults)));
        }
      }
    }
  }

  private static void constant(Field field) throws IllegalAccessException {
    if (!Modifier.isFinal(field.getModifiers()) || field.getName().equals("serialVersionUID")) {
      return;
    }
    if (field.getType() == int.class || field.getType() == long.class) {
      field.setAccessible(true);
      put(field.getDeclaringClass(), field.getName(), (Number) field.get(null));
    } else if (field.getType() == com.google.protobuf.Duration.class) {
      field.setAccessible(true);
      var duration = (com.google.protobuf.Duration) field.get(null);
      put(
          field.getDeclaringClass(),
          field.getName(),
          TimeUnit.SECONDS.toNanos(duration.getSeconds()) + duration.getNanos());
    } else if (field.getType() == java.time.Duration.class) {
      field.setAccessible(true);
      put(
          field.getDeclaringClass(),
          field.getName(),
          ((java.time.Duration) field.get(null)).toNanos());
    }
  }

  /** Several classes may have the same simple name. */
  private static void put(Class<?> type, String name, Number value) {
    long number = value.longValue();
    CONSTANTS
        .computeIfAbsent(type.getSimpleName() + "." + name, key -> new HashSet<>())
        .add(
            name.endsWith("_MILLIS")
                ? TimeUnit.MILLISECONDS.toNanos(number)
                : name.endsWith("_SECONDS") ? TimeUnit.SECONDS.toNanos(number) : number);
  }

  private static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("../docs/limits.md"))) {
      if (line.startsWith("| ") && !line.startsWith("| what |")) {
        String[] cells = line.substring(1).split("\\|", -1);
        String code = cells[cells.length - 2];
        if (!code.strip().equals("Netty")) {
          List<String> constants =
              CONSTANT
                  .matcher(code)
                  .results()
                  .map(match -> match.group(1) + "." + match.group(2))
                  .toList();
          Set<Long> all = quantities(cells[0]);
          all.addAll(quantities(cells[1]));
          rows.add(new Row(line, constants, all, quantities(cells[1])));
        }
      }
    }
    return rows;
  }

  private static Set<Long> quantities(String text) {
    Set<Long> quantities = new TreeSet<>();
    if (text.contains("none")) {
      quantities.add(0L);
    }
    Matcher quantity = QUANTITY.matcher(text);
    while (quantity.find()) {
      double number = Double.parseDouble(quantity.group(1).replace(",", ""));
      long unit =
          switch (quantity.group(2)) {
            case null -> 1;
            case "kB" -> 1 << 10;
            case "MB" -> 1 << 20;
            case "ms" -> TimeUnit.MILLISECONDS.toNanos(1);
            case "s" -> TimeUnit.SECONDS.toNanos(1);
            case "h" -> TimeUnit.HOURS.toNanos(1);
            default -> throw new AssertionError(quantity.group());
          };
      quantities.add(Math.round(number * unit));
    }
    return quantities;
  }

  @Test
  void everyNumberOfThePageIsTheOneInTheCode() throws IOException {
    List<Row> rows = rows();
    assertThat(rows).hasSizeGreaterThan(50);
    for (Row row : rows) {
      assertThat(CONSTANTS.keySet()).as(row.text).containsAll(row.constants);
      Set<Long> values = new TreeSet<>();
      for (String constant : row.constants) {
        Set<Long> value = CONSTANTS.getOrDefault(constant, Set.of());
        assertThat(row.all)
            .as("%s is %s: %s", constant, value, row.text)
            .containsAnyElementsOf(value);
        values.addAll(value);
      }
      assertThat(values).as("constants for all numbers of %s", row.text).containsAll(row.ofDefault);
    }
  }

  @Test
  void everyLimitOfTheCodeIsOnThePage() throws IOException {
    Set<String> documented = new HashSet<>();
    rows().forEach(row -> documented.addAll(row.constants));
    Set<String> limits = new TreeSet<>();
    for (String constant : CONSTANTS.keySet()) {
      String name = constant.substring(constant.indexOf('.') + 1);
      if (LIMIT.matcher(name).matches() || Character.isLowerCase(name.charAt(0))) {
        limits.add(constant);
      }
    }
    assertThat(limits).hasSizeGreaterThan(50);
    limits.removeAll(documented);
    assertThat(limits).containsExactlyInAnyOrderElementsOf(NO_LIMITS.keySet());
  }
}
