package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Scalar;
import dev.weir.controlplane.decode.Tree.Sequence;
import dev.weir.controlplane.decode.Tree.Sort;
import dev.weir.core.api.Bytes;
import dev.weir.core.api.JsonObject;
import dev.weir.core.api.k8s.IntOrString;
import dev.weir.core.api.schema.Inline;
import dev.weir.core.api.schema.JsonNames;
import dev.weir.core.api.schema.Payload;
import dev.weir.core.api.schema.Union;
import dev.weir.core.api.schema.Variant;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Trees of records: what {@link ObjectDecoder} reads, written. What is null or an empty collection
 * is left out; times have seconds, as in the Kubernetes API.
 */
public final class Encoder {
  private Encoder() {}

  /** The record as a mapping. */
  public static Tree encode(Record value) {
    return value(value);
  }

  private static Tree value(Object value) {
    return switch (value) {
      case Tree tree -> tree;
      case String text -> scalar(text, Sort.STRING);
      case Integer number -> scalar(number.toString(), Sort.INTEGER);
      case Long number -> scalar(number.toString(), Sort.INTEGER);
      case Boolean bool -> scalar(bool.toString(), Sort.BOOLEAN);
      case Enum<?> constant -> scalar(JsonNames.of(constant), Sort.STRING);
      case Duration duration -> scalar(text(duration), Sort.STRING);
      case Instant time -> scalar(time.truncatedTo(ChronoUnit.SECONDS).toString(), Sort.STRING);
      case Bytes bytes -> scalar(Base64.getEncoder().encodeToString(bytes.toArray()), Sort.STRING);
      case IntOrString.Int number -> scalar(Integer.toString(number.value()), Sort.INTEGER);
      case IntOrString.Text text -> scalar(text.value(), Sort.STRING);
      case JsonObject object -> JsonText.tree(object);
      case Collection<?> items -> new Sequence(items.stream().map(Encoder::value).toList(), 0);
      case Map<?, ?> map ->
          new Mapping(
              map.entrySet().stream()
                  .map(entry -> entry(entry.getKey().toString(), value(entry.getValue())))
                  .toList(),
              0);
      case Record variant when variant.getClass().isAnnotationPresent(Variant.class) ->
          variant(variant);
      case Record fields -> mapping(fields);
      default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
    };
  }

  private static Mapping mapping(Record value) {
    List<Entry> entries = new ArrayList<>();
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      Object field = Reflection.get(component, value);
      if (field == null || isEmpty(field)) {
        continue;
      }
      Tree tree = value(field);
      if (component.isAnnotationPresent(Inline.class) && tree instanceof Mapping inlined) {
        entries.addAll(inlined.entries());
      } else {
        entries.add(entry(JsonNames.of(component), tree));
      }
    }
    return new Mapping(entries, 0);
  }

  private static Mapping variant(Record value) {
    Variant variant = value.getClass().getAnnotation(Variant.class);
    RecordComponent[] components = value.getClass().getRecordComponents();
    boolean payload = components.length == 1 && components[0].isAnnotationPresent(Payload.class);
    Object content = payload ? Reflection.get(components[0], value) : null;
    Tree tree = content == null ? mapping(value) : value(content);
    return new Mapping(
        List.of(
            entry(discriminator(value.getClass()), scalar(variant.type(), Sort.STRING)),
            entry(variant.field(), tree)),
        0);
  }

  private static String discriminator(Class<?> variant) {
    for (Class<?> parent : variant.getInterfaces()) {
      Union union = parent.getAnnotation(Union.class);
      if (union != null) {
        return union.value();
      }
    }
    throw new IllegalArgumentException(variant + " is a variant of no union");
  }

  private static boolean isEmpty(Object value) {
    return (value instanceof Collection<?> items && items.isEmpty())
        || (value instanceof Map<?, ?> map && map.isEmpty());
  }

  private static String text(Duration duration) {
    StringBuilder text = new StringBuilder();
    append(text, duration.toHours(), "h");
    append(text, duration.toMinutesPart(), "m");
    append(text, duration.toSecondsPart(), "s");
    append(text, duration.toMillisPart(), "ms");
    return text.isEmpty() ? "0s" : text.toString();
  }

  private static void append(StringBuilder text, long amount, String unit) {
    if (amount > 0) {
      text.append(amount).append(unit);
    }
  }

  private static Entry entry(String key, Tree value) {
    return new Entry(key, 0, value);
  }

  private static Scalar scalar(String text, Sort sort) {
    return new Scalar(text, sort, 0);
  }
}
