package dev.weir.proxy.compile;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.config.route.v3.VirtualHost;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The fields of Envoy's API that the proxy honours, and the check that a message sets no others: a
 * field that is ignored would be a silent misconfiguration, and where it is about security, a hole.
 * The table is the one from which the classes of the messages are generated: what else somebody
 * sets is an unknown field to them.
 *
 * <p>Thread-safe.
 */
public final class SupportedFields {
  private static final String TABLE = "/dev/weir/envoy/supported-fields.txt";

  private final Set<String> names = new HashSet<>();
  private final Map<Descriptor, Shape> shapes = new ConcurrentHashMap<>();
  private final KnownTypes types;
  private final FieldNumbers numbers;

  public SupportedFields(Collection<HttpFilterType<?, ?>> filters) {
    this.types = new KnownTypes(filters);
    List<Line> table = table();
    this.numbers = new FieldNumbers(table, filters);
    for (Line line : table) {
      names.add(line.fullName());
    }
  }

  /**
   * Everything in {@code message}, nested messages included, that the proxy would have to ignore.
   *
   * @return one line for each: the path of the field and what is wrong; empty if all is supported
   */
  public List<String> unsupported(Message message) {
    return numbers.cover(message) ? List.of() : explained(message);
  }

  /** The same, told from the message itself. */
  List<String> explained(Message message) {
    List<String> findings = new ArrayList<>(0);
    walk(message, FieldPath.ROOT, findings);
    return findings;
  }

  /**
   * The same, faster.
   *
   * @param good a message in which everything is supported, or null: what stands in its lists, too,
   *     is not looked at again
   */
  List<String> unsupported(Message message, @Nullable Message good) {
    // Nothing else has long lists.
    return message instanceof RouteConfiguration routes
            && good instanceof RouteConfiguration known
            && unsupported(difference(routes, known)).isEmpty()
        ? List.of()
        : unsupported(message);
  }

  /** What {@code message} has that {@code good} has not. */
  private static RouteConfiguration difference(
      RouteConfiguration message, RouteConfiguration good) {
    Kept<VirtualHost> seen = new Kept<>(good.getVirtualHostsList());
    RouteConfiguration.Builder difference = message.toBuilder().clearVirtualHosts();
    for (VirtualHost host : message.getVirtualHostsList()) {
      if (seen.find(host) < 0) {
        difference.addVirtualHosts(host);
      }
    }
    return difference.build();
  }

  private void walk(Message message, FieldPath path, List<String> findings) {
    Shape shape = shape(message.getDescriptorForType());
    String type = message.getDescriptorForType().getFullName();
    for (FieldDescriptor field : shape.refused) {
      if (isSet(message, field)) {
        findings.add(refusal(path, type, field.getName()));
      }
    }
    for (int number : message.getUnknownFields().asMap().keySet()) {
      String name = AllFields.name(type, number);
      findings.add(name == null ? unknown(path, type, number) : refusal(path, type, name));
    }
    for (FieldDescriptor field : shape.nested) {
      if (!field.isRepeated()) {
        if (message.hasField(field)) {
          enter((Message) message.getField(field), path.field(field.getName()), findings);
        }
        continue;
      }
      int count = message.getRepeatedFieldCount(field);
      for (int i = 0; i < count; i++) {
        Message element = (Message) message.getRepeatedField(field, i);
        FieldPath all = path.field(field.getName());
        if (field.isMapField()) {
          Descriptor entry = field.getMessageType();
          Object key = element.getField(entry.findFieldByNumber(1));
          Object value = element.getField(entry.findFieldByNumber(2));
          if (value instanceof Message nested) {
            enter(nested, all.key(String.valueOf(key)), findings);
          }
        } else {
          enter(element, all.at(i), findings);
        }
      }
    }
  }

  private static String refusal(FieldPath path, String type, String field) {
    return path.field(field)
        + ": is set, but the proxy does not implement it ("
        + type
        + "."
        + field
        + ")";
  }

  private static String unknown(FieldPath path, String type, int number) {
    return Objects.requireNonNull(
        new InvalidConfig(
                path.toString(),
                "field number "
                    + number
                    + " is set, which this version does not know ("
                    + type
                    + ")")
            .getMessage());
  }

  private void enter(Message message, FieldPath path, List<String> findings) {
    if (!(message instanceof Any any)) {
      walk(message, path, findings);
      return;
    }
    try {
      walk(types.unpack(any, path), path, findings);
    } catch (InvalidConfig e) {
      findings.add(Objects.requireNonNull(e.getMessage()));
    }
  }

  private static boolean isSet(Message message, FieldDescriptor field) {
    return field.isRepeated() ? message.getRepeatedFieldCount(field) > 0 : message.hasField(field);
  }

  private Shape shape(Descriptor type) {
    // No computeIfAbsent: two threads may compute the same, none waits.
    Shape known = shapes.get(type);
    if (known == null) {
      known = Shape.of(type, names);
      shapes.put(type, known);
    }
    return known;
  }

  /** What to look at in messages of one type; {@code google.protobuf} messages are values. */
  private record Shape(List<FieldDescriptor> refused, List<FieldDescriptor> nested) {
    static Shape of(Descriptor type, Set<String> names) {
      List<FieldDescriptor> refused = new ArrayList<>();
      List<FieldDescriptor> nested = new ArrayList<>();
      if (!type.getFullName().startsWith("google.protobuf.")) {
        // The messages of a filter that the table does not know are that filter's own.
        boolean own = !names.contains(type.getFullName());
        for (FieldDescriptor field : type.getFields()) {
          if (!own && !names.contains(field.getFullName())) {
            refused.add(field);
          } else if (field.getJavaType() == JavaType.MESSAGE) {
            nested.add(field);
          }
        }
      }
      return new Shape(refused, nested);
    }
  }

  /**
   * A line of the table.
   *
   * @param message full name of the message
   * @param field empty for the line of the message itself
   * @param number of the field; 0 for the message itself
   * @param type full name of the message that the field holds, or the values of its entries; empty
   *     if it holds none
   * @param map whether the field has entries
   * @param remark empty if there is nothing to say
   */
  record Line(String message, String field, int number, String type, boolean map, String remark) {
    private static final String MAP = "map of ";

    static Line field(String message, String line) {
      String[] cells = line.split("\\|", 4);
      if (cells.length < 2) {
        throw new IllegalStateException(TABLE + " has no field in its line " + line);
      }
      String type = cells.length > 2 ? cells[2].strip() : "";
      boolean map = type.startsWith(MAP);
      return new Line(
          message,
          cells[0].strip(),
          Integer.parseInt(cells[1].strip()),
          map ? type.substring(MAP.length()) : type,
          map,
          cells.length > 3 ? cells[3].strip() : "");
    }

    String fullName() {
      return field.isEmpty() ? message : message + "." + field;
    }
  }

  /** The table, in its order. */
  static List<Line> table() {
    try (InputStream in = SupportedFields.class.getResourceAsStream(TABLE)) {
      String text =
          new String(Objects.requireNonNull(in, TABLE).readAllBytes(), StandardCharsets.UTF_8);
      List<Line> lines = new ArrayList<>();
      String message = "";
      for (String line : text.lines().toList()) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        if (line.startsWith(" ")) {
          lines.add(Line.field(message, line));
        } else {
          message = line.strip();
          lines.add(new Line(message, "", 0, "", false, ""));
        }
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
